// Runs before the page is built: the socket is opened, so the first picture is made, and painted, meanwhile.
import { open } from "../core/socket.mjs";
import { lookAhead } from "./shell.mjs";

open(lookAhead);
