// Runs before the page is built: the socket is opened, so the first picture is made, and painted, meanwhile.
import { open } from "../core/socket.mjs";
import { pictureFirst } from "./picture-first.mjs";
import { lookAhead } from "./shell.mjs";

pictureFirst();
open(lookAhead);
