// Exercise 2.1: the network's picture beside that of the one map y = A x + d.
import { make, named } from "../core/elements.mjs";
import { element, setProps, write } from "../core/page.mjs";
import { onBinary } from "../core/socket.mjs";
import { onRedraw } from "../picture/picture.mjs";
import { paintTwin } from "./twins.mjs";

/** @type {{ header: CollapseHeader, bytes: Uint8Array } | null} */
let last = null; // the newest {header, bytes}

export function watchCollapse() {
  onBinary("collapse", (header, bytes) => {
    last = { header, bytes };
    show(header);
  });
  onRedraw(paint);
  element("collapse-remove").addEventListener("click", () => setProps("activation", { value: "identity" }));
  element("collapse-preset").addEventListener("click", () => setProps("preset", { value: "2.1" }));
}

function show(/** @type {CollapseHeader} */ header) {
  for (const [id, value] of Object.entries(header.texts)) write(id, value);
  element("collapse-found").hidden = !header.side;
  element("collapse-ways").hidden = header.linear === true;
  element("collapse-difference").classList.toggle("agrees", header.linear === true);
  const rows = header.rows.map(([a1, a2, d], k) => {
    const row = document.createElement("tr");
    row.append(make("th", { textContent: String(k + 1), scope: "row" }), named("td", a1), named("td", a2), named("td", d));
    return row;
  });
  element("collapse-rows").replaceChildren(...rows);
  paint();
}

function paint() {
  if (!last?.header.side) return;
  const { header, bytes } = last;
  const size = header.side * header.side;
  ["collapse-network", "collapse-single"].forEach((id, k) => {
    paintTwin(id, bytes.subarray(k * size, (k + 1) * size), header.side, header.mode);
  });
}
