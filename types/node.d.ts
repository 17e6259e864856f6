// What the unit tests of the scripts (tests/page) use of Node; deno.jsonc says why it stands here.
declare module "node:test" {
  export function test(sentence: string, body: () => void | Promise<void>): void;
  export default test;
}

declare module "node:assert/strict" {
  const assert: {
    ok(value: unknown, message?: string): asserts value;
    equal<T>(found: unknown, expected: T, message?: string): asserts found is T;
    deepEqual<T>(found: unknown, expected: T, message?: string): asserts found is T;
    throws(body: () => unknown, expected: RegExp): void;
  };
  export default assert;
}
