// The page /verify: checks any proof on the reader's own device.
import { peers } from "./dom.js";
import { ownPage } from "./own.js";

const form = document.querySelector<HTMLFormElement>("#verify");
if (form) ownPage(form, peers());
