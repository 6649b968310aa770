// Package gs1 reads and writes the identifiers of products, logistic units, assets, places and organisations: GS1
// Digital Link URIs (GS1 Digital Link: URI Syntax 1.4), EPC URNs (EPC Tag Data Standard 2.x), element strings
// ("(01)...(21)...") and plain URIs.
//
// What it promises:
//
//   - One name for one thing. Whatever form an identifier came in, [ID.String] is its canonical name:
//     https://id.gs1.org/ and the finest level, with GTINs padded to 14 digits, no host, no query. IDs with the same
//     name are the same object on the ledger.
//   - Nothing invalid gets in. Check digits, lengths, character sets and the order of qualifiers are checked against
//     one table of application identifiers; an error names the field, the value and the rule.
//   - An ID is a small comparable value: a map key, safe to share.
package gs1
