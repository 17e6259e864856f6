// What comes over the socket as bytes: the headers of docs/stream.md, as far as the pages use them.

/** The header of a frame; what only one of two networks has is optional. */
interface FrameHeader {
  kind: "frame";
  workMs: number;
  version: number;
  run: number;
  step: number;
  status: Status;
  recalled: boolean;
  reproducible: boolean;
  mark: string;
  goal: number;
  statusText: string;
  rate: number;
  epochText: string;
  published: number;
  width: number;
  height: number;
  window: Bounds;
  mode: string;
  unit: Unit | null;
  layer: number;
  layers: number;
  task?: string;
  count: number;
  countText: string;
  note: string;
  named: string;
  shownStep: number;
  exact: boolean;
  lines: number; // how many boundary segments follow
  edges: boolean;
  which?: Which;
  heading?: string;
  own?: Status;
  ownText?: string;
  experimentStep?: number;
}

/** A frame, taken apart. */
interface Frame {
  header: FrameHeader;
  indices: Uint8Array; // palette indices, row by row from the top left
  ends: Uint16Array; // of the boundary segments, four numbers each
  styles: Uint8Array; // and their styles
}

interface SurveyHeader {
  step: number;
  exact: boolean;
  side: number;
  thumbs: { layer: number; mode: string; count: string }[];
  title: string;
  caption: string;
  idle: string;
  rows: { key: string; letter: string; label: string; help: string; count: string; bar: number; share: string }[];
  story: { start: string; now: string };
}

interface CollapseHeader {
  side: number; // 0: there is no picture
  mode: string;
  linear: boolean | null;
  rows: [string, string, string][];
  texts: Texts;
}

interface NetworkHeader {
  which: Which;
  side: number;
  sizes: number[];
  inputs: string[];
  turns: boolean;
  layers: { first: number; shown: number }[];
  edges: [from: number, to: number, share: number][][];
  lines: [w1: number, w2: number, b: number][];
  frozen: Unit[];
  off: Unit[];
}

interface PowerHeader {
  side: number; // 0: there is no picture
  window: Bounds;
  names: string[]; // of the lines: a unit's number, 3.2 where it has several
  lines: number[]; // three numbers each
  region: number[];
  differing: number[];
  agrees: boolean | null;
  texts: Texts;
}

interface SurfaceHeader {
  window: Bounds;
  axes: [string, string];
  points: number;
  triangles: number;
  edges: number;
  title: string;
  text: string;
}

interface SweepPictureHeader {
  number: number;
  point: number;
  moment: "start" | "end";
  mode: string;
  side: number;
  count: string;
  diverged: boolean;
  label: string;
}

interface HallHeader {
  version: number;
  step: number;
  width: number;
  height: number;
  window: Bounds;
  mode: string;
  layer: number;
  layers: number;
  texts: Record<string, { count: string; status: string; named: string }>;
}

/** The header of every kind of binary message. */
interface BinaryHeaders {
  "both": { first: number }; // bytes of the first of two frames
  "collapse": CollapseHeader;
  "frame": FrameHeader;
  "hall-frame": HallHeader;
  "network": NetworkHeader;
  "surface": SurfaceHeader;
  "survey": SurveyHeader;
  "sweep-picture": SweepPictureHeader;
  "voronoi": PowerHeader;
}
