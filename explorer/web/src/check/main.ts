// Checks proofs on the reader's own device: on scan pages, and at /verify.
import { ownPage } from "./own.js";
import { checkPage } from "./scan.js";

const peers = (document.querySelector<HTMLElement>("script[data-peers]")?.dataset.peers ?? "").split(" ").filter((p) => p !== "" && p !== location.origin);
const page = document.querySelector(".verdicts") ?? document.querySelector("#unknown"), form = document.querySelector<HTMLFormElement>("#verify");
if (form) ownPage(form, peers);
else if (page) void checkPage(page, peers);
