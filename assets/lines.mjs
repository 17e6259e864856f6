// Boundary lines on a canvas of their own: one path per style, the heaviest last.
const INK = { light: "20,23,29", dark: "238,240,244" };
const SCALE = 65535; // a side of the window in the segments' coordinates
const CELLS = [[1.25, 0.9], [1.0, 0.7], [0.6, 0.5], [0.8, 0.22]]; // style -> [width, opacity]
const REGIONS = [[1.7, 0.85], [1.0, 0.7], [0.6, 0.5], [0.8, 0.22]];
const MOST_DASHED = 3000; // dashes cost a canvas several times a plain line

/** Draw a frame's segments; `corner` says where the window lies on the canvas, in CSS pixels. */
export function drawSegments(canvas, width, height, frame, corner, theme) {
  const ratio = devicePixelRatio;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    Object.assign(canvas, { width: w, height: h });
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const { ends, styles, header } = frame;
  if (!styles.length) return;
  const pens = header.mode === "regions" ? REGIONS : CELLS;
  const thick = Math.min(1.6, Math.max(1, width / 560));
  for (let style = pens.length - 1; style >= 0; style--) {
    const [pen, opacity] = pens[style];
    context.lineWidth = pen * thick;
    context.strokeStyle = `rgba(${INK[theme]},${theme === "dark" && style < 3 ? opacity * 0.85 : opacity})`;
    context.setLineDash(style === 3 && styles.length < MOST_DASHED ? [4, 3] : []);
    trace(context, ends, styles, style, corner);
    context.stroke();
  }
}

function trace(context, ends, styles, style, { left, right, top, bottom }) {
  const [dx, dy] = [(right - left) / SCALE, (top - bottom) / SCALE];
  context.beginPath();
  for (let k = 0; k < styles.length; k++) {
    if (styles[k] !== style) continue;
    context.moveTo(left + ends[4 * k] * dx, bottom + ends[4 * k + 1] * dy);
    context.lineTo(left + ends[4 * k + 2] * dx, bottom + ends[4 * k + 3] * dy);
  }
}
