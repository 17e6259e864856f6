// What is there beside the scripts: the DOM's types where they say less than is true of these pages, libraries as far as
// they are used, and what the pages put on `window`.

// What a selector finds here is HTML: nobody looks for parts of an SVG. One that begins with a tag and names a single
// element (`details[data-fold]`) finds elements of that tag.
type Found<S extends string> =
  S extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[S]
  : S extends `${string}${" " | "," | ">"}${string}` ? HTMLElement
  : S extends `${infer Tag}${"[" | "." | ":"}${string}` ? (Tag extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[Tag] : HTMLElement)
  : HTMLElement;

interface ParentNode {
  querySelector<S extends string>(selectors: S): Found<S> | null;
  querySelectorAll<S extends string>(selectors: S): NodeListOf<Found<S>>;
}

interface Element {
  closest<S extends string>(selectors: S): Found<S> | null;
}

// An event happens to an element, and who listens knows of which kind itself is.
type On<E, T = HTMLElement> = E & { readonly target: HTMLElement; readonly currentTarget: T };
type Events = HTMLElementEventMap;
type Listening = boolean | AddEventListenerOptions;

interface HTMLElement { addEventListener<K extends keyof Events>(type: K, hear: (event: On<Events[K], this>) => unknown, how?: Listening): void }
interface HTMLButtonElement { addEventListener<K extends keyof Events>(type: K, hear: (event: On<Events[K], this>) => unknown, how?: Listening): void }
interface HTMLCanvasElement { addEventListener<K extends keyof Events>(type: K, hear: (event: On<Events[K], this>) => unknown, how?: Listening): void }
interface HTMLDetailsElement { addEventListener<K extends keyof Events>(type: K, hear: (event: On<Events[K], this>) => unknown, how?: Listening): void }
interface HTMLDialogElement { addEventListener<K extends keyof Events>(type: K, hear: (event: On<Events[K], this>) => unknown, how?: Listening): void }
interface HTMLInputElement { addEventListener<K extends keyof Events>(type: K, hear: (event: On<Events[K], this>) => unknown, how?: Listening): void }
interface HTMLLabelElement { addEventListener<K extends keyof Events>(type: K, hear: (event: On<Events[K], this>) => unknown, how?: Listening): void }
interface Document { addEventListener<K extends keyof DocumentEventMap>(type: K, hear: (event: On<DocumentEventMap[K], Document>) => unknown, how?: Listening): void }
declare function addEventListener<K extends keyof WindowEventMap>(type: K, hear: (event: On<WindowEventMap[K], Window>) => unknown, how?: Listening): void;

interface Node {
  contains(other: EventTarget | null): boolean; // also of `relatedTarget`
}

// The notebook's widget and the live page's script stand behind core/numbers.mjs and watch_numbers.mjs, as one text; the latter behind its texts, too.
declare const WORDS: Record<string, string>;
declare const grouped: typeof import("../assets/modules/core/numbers.mjs").grouped;
declare const number: typeof import("../assets/modules/core/numbers.mjs").number;
declare const digitsIn: typeof import("../app/own/watch_numbers.mjs").digitsIn;
declare const rowsOf: typeof import("../app/own/watch_numbers.mjs").rowsOf;

// Plotly: the bundle of assets/vendor, and that of charts in space (plotly-3d.js).

/** A figure as the server makes it: traces and layout, which the scripts pass on. */
interface Figure {
  data: Trace[];
  layout: Layout;
}

interface Trace {
  type?: string;
  visible?: boolean;
  name?: string;
  meta?: string; // of data points: their set
  x?: ArrayLike<number | null>;
  [key: string]: unknown;
}

interface Axis {
  type?: string;
  range?: [number, number];
  domain?: [number, number];
  dtick?: number | string;
  nticks?: number;
  tickfont?: { size?: number; [key: string]: unknown };
  title?: { text?: string; [key: string]: unknown };
  [key: string]: unknown;
}

interface Annotation {
  text: string;
  x: number;
  y?: number;
  name?: string;
  xref?: string;
  yref?: string;
  xanchor?: string;
  font?: { size?: number; [key: string]: unknown };
  [key: string]: unknown;
}

interface Layout {
  width?: number;
  height?: number;
  margin?: { l?: number; r?: number; t?: number; b?: number };
  annotations?: Annotation[];
  xaxis?: Axis;
  yaxis?: Axis;
  [key: string]: unknown;
}

/** An axis that is drawn: where it lies in the graph, and data to pixels and back. */
interface DrawnAxis {
  range: [number, number];
  _offset: number;
  _length: number;
  d2p(value: number): number;
  p2d(pixel: number): number;
}

/** The element that Plotly draws into. */
interface Graph extends HTMLElement, Figure {
  _fullLayout?: { width: number; height: number; xaxis: DrawnAxis; yaxis: DrawnAxis };
  on(event: string, hear: (event: object) => void): void;
}

interface PlotlyLibrary {
  react(graph: HTMLElement, data: Trace[], layout: Layout, config?: object): Promise<Graph>;
  newPlot(graph: HTMLElement, data: Trace[], layout: Layout, config?: object): Promise<Graph>;
  relayout(graph: HTMLElement, change: object): Promise<Graph>;
  purge(graph: HTMLElement): void;
  toImage(figure: Figure & { config?: object }, how: object): Promise<string>;
}
declare var Plotly: PlotlyLibrary;

/** MathJax, which comes with Dash and is there once a component with a formula was drawn. */
interface MathJaxLibrary {
  typesetPromise(hosts: Element[]): Promise<void>;
  typesetClear(hosts: Element[]): void;
  startup?: { document?: { options: { enableMenu: boolean } } };
}

/** What the scripts use of Dash; `set_props` is there once the page stands. */
interface DashClientside {
  no_update: object;
  set_props(id: string, props: object): void;
  callback_context: { triggered: { prop_id: string }[] };
  cellscope: Record<string, (...values: any[]) => unknown>;
}
declare const React: { createElement(tag: string, props: object): object };

interface Window {
  Plotly?: PlotlyLibrary;
  MathJax?: MathJaxLibrary;
  dash_clientside: DashClientside;
  cellscopeCallbacks?: Record<string, (...values: any[]) => unknown>;
  cellscope_page: Record<string, (props: { tag: string; attributes: object; markup: string }) => object>;
  cellscope: Seen;
}

/** What the newest frame showed: for teachers' scripts and tests, so its names stay. A follower's page has `layer`. */
interface Seen {
  frames: number;
  step: number;
  version?: number;
  width?: number;
  height?: number;
  layer?: number;
  latencyMs?: number | null;
  exact?: boolean;
  compare?: { step: number; status: string; version: number; exact: boolean; width: number; height: number; count: number } | null;
}
