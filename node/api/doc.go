// Package api is the JSON interface of a node under /api/v1: its description (OpenAPI 3.1 at /openapi.json and
// /openapi.yaml), a page that shows the description at /api, and what all operations share.
//
// What it promises:
//
//   - Nothing is listed to strangers. An operation is registered with Members, which lets callers on this machine and
//     API keys with the scope read through, or with Public, which is for what concerns one identifier the caller already
//     holds.
//   - Every error is a Problem (application/problem+json, RFC 9457) that names the field, its value and the rule.
//   - Lists go on by the cursor height-index of the last thing shown (Paging), and what a caller already has is
//     answered with 304 (Condition).
//
// Operations are thin: they read their input, ask trace or chain, and write the answer.
package api
