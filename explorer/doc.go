// Package explorer is what people look at: the scan page behind a QR code, the pages of the ledger itself, and the QR
// codes.
//
// What it promises:
//
//   - A page is complete as it leaves the server: no script is needed, nothing is fetched from anywhere else, and a scan
//     page weighs less than 30 KB compressed. Scripts only refresh what is already there.
//   - Two answers, never one. RECORD and UNIT stand apart; intact is neutral ink, green is kept for the first use of a
//     hidden code or tag, and every scan of an outer code says what it doesn't prove.
//   - Every text is in one catalogue, in Chinese and English, and every page exists in both.
//   - One identifier at a time to anybody; lists only behind the Members middleware.
//
// Facts come through interfaces, [StorySource], [ScanCounter] and [LedgerView]; all this package keeps are rendered
// answers and the sessions of those who signed in, both in memory.
package explorer
