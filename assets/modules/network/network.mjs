// The network in hand: a drawing, the chosen unit, folds in the picture.
import { watchDrawing } from "./drawing.mjs";
import { watchFolds } from "./folds.mjs";
import { watchUnit } from "./unit.mjs";

export function watchNetwork() {
  watchDrawing();
  watchUnit();
  watchFolds();
}
