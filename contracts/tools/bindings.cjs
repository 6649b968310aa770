// Writes abi/*.json and the combined JSON that abigen reads, from forge's output.
// usage: node tools/bindings.cjs OUT_FOLDER ABI_FOLDER > combined.json
const fs = require('fs');
const path = require('path');

// Go name -> artifacts: code and ABI of the first, and what the ABIs of the others add to it
// (Parties answers the functions of Licences too, which it delegates to). "no ABI" leaves the bare code.
const wanted = require('./bindings.json');

const [out, abiFolder] = process.argv.slice(2);
fs.rmSync(abiFolder, { recursive: true, force: true });
fs.mkdirSync(abiFolder, { recursive: true });
const contracts = {};
for (const [name, artifacts] of Object.entries(wanted)) {
  const bare = artifacts.some((file) => file.startsWith('no ABI'));
  const parts = artifacts.filter((file) => file.endsWith('.json')).map((file) => JSON.parse(fs.readFileSync(path.join(out, file), 'utf8')));
  const abi = bare ? [] : parts[0].abi.filter((entry) => entry.type !== 'fallback');
  const seen = new Set(abi.map((entry) => JSON.stringify(entry)));
  for (const part of parts.slice(1)) abi.push(...part.abi.filter((entry) => !seen.has(JSON.stringify(entry))));
  const bin = parts[0].bytecode.object.replace(/^0x/, '');
  if (/[^0-9a-f]/.test(bin)) throw new Error(`${name}: unlinked library in the bytecode`);
  if (!bare) fs.writeFileSync(path.join(abiFolder, `${name}.json`), JSON.stringify(abi, null, 1) + '\n');
  contracts[`${artifacts[0]}:${name}`] = { abi, bin, 'bin-runtime': '', srcmap: '', 'srcmap-runtime': '', metadata: '', devdoc: {}, userdoc: {}, hashes: {} };
}
process.stdout.write(JSON.stringify({ version: require('solc/package.json').version, contracts }));
