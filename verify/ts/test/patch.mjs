// Applies operations of RFC 6902 to a JSON file: add, remove, replace, copy, move. A place that isn't there is an error, so that
// a vector can't test another rule than it says.
export function patched(file, ops = []) {
  if (!ops.length) return file;
  let tree = JSON.parse(file);
  const missing = (pointer) => { throw new Error(`nothing at ${pointer}`); };
  const step = (at, part, pointer) => (at !== null && typeof at === "object" && Object.hasOwn(at, part) ? at[part] : missing(pointer));
  const find = (pointer) => pointer.split("/").slice(1).reduce((at, part) => step(at, part, pointer), tree);
  const parent = (pointer) => [find(pointer.slice(0, pointer.lastIndexOf("/"))), pointer.slice(pointer.lastIndexOf("/") + 1)];
  const remove = (pointer) => {
    const [at, part] = parent(pointer);
    step(at, part, pointer);
    if (Array.isArray(at)) at.splice(Number(part), 1);
    else delete at[part];
  };
  for (const op of ops) {
    const value = op.from === undefined ? op.value : structuredClone(find(op.from));
    if (op.op === "move") remove(op.from);
    if (op.op === "remove") remove(op.path);
    else if (op.path === "") tree = value;
    else {
      const [at, part] = parent(op.path);
      if (op.op === "replace") step(at, part, op.path);
      if (!Array.isArray(at) || op.op === "replace") at[part] = value;
      else if (part === "-" || Number(part) <= at.length) at.splice(part === "-" ? at.length : Number(part), 0, value);
      else missing(op.path);
    }
  }
  return JSON.stringify(tree);
}
