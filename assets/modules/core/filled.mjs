// What stands for the {names} of a text.

/**
 * {points} is the value as `said`; {points:# point|# points} says one as one, and # is the value.
 * @param {string} text @param {Values} values @param {(value: string | number) => string} said
 */
export const filled = (text, values, said) => text.replace(
  /\{\{|\}\}|\{(\w+)(?::([^{}|]*)\|([^{}|]*))?\}/g,
  (found, name, one, many) => {
    if (name === undefined) return found[0];
    const value = said(values[name]);
    return one === undefined ? value : (value === "1" ? one : many).replace("#", value);
  },
);
