// Runs before the page is built: the socket is opened, so the first picture is made meanwhile.
import { open } from "../core/socket.mjs";

open();
