// Dash's client-side callbacks, handed on to the modules; there before Dash first calls them.
(() => {
  /** @type {(name: string) => (...values: any[]) => unknown} */
  const handOn = (name) => (...values) =>
    window.cellscopeCallbacks?.[name]?.(...values) ?? window.dash_clientside.no_update;
  // An element with HTML that Dash does not look into (app/page/static.py).
  window.cellscope_page = {
    Static: ({ tag, attributes, markup }) =>
      React.createElement(tag, { ...attributes, dangerouslySetInnerHTML: { __html: markup } }),
  };
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    cellscope: { gather: handOn("gather"), view: handOn("view"), outcome: handOn("outcome") },
  });
})();
