// Checks scan pages on the reader's own device.
import { peers } from "./dom.js";
import { checkPage } from "./scan.js";

void checkPage(peers());
navigator.serviceWorker?.register("/verify.sw.js", { scope: "/" }).catch(() => undefined); // plain http on a LAN has none
