// Dash's client-side callbacks, handed on to the modules; there before Dash first calls them.
(() => {
  const handOn = (name) => (...values) =>
    window.cellscopeCallbacks?.[name]?.(...values) ?? window.dash_clientside.no_update;
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    cellscope: { gather: handOn("gather"), view: handOn("view"), outcome: handOn("outcome") },
  });
})();
