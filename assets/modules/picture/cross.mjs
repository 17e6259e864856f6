// A cross where a cursor is that the keys move: colours and widths, the lowest first.
const ARM = 8; // px

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {[colour: string, width: number][]} strokes */
export function cross(context, x, y, strokes) {
  for (const [colour, width] of strokes) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(x - ARM, y);
    context.lineTo(x + ARM, y);
    context.moveTo(x, y - ARM);
    context.lineTo(x, y + ARM);
    context.stroke();
  }
}
