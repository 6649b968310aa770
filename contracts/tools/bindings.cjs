// Writes abi/*.json and the combined JSON that abigen reads, from forge's output.
// usage: node tools/bindings.cjs OUT_FOLDER ABI_FOLDER > combined.json
const fs = require('fs');
const path = require('path');

// Go name -> artifact. Interfaces have no code.
const artifacts = require('./bindings.json');

const [out, abiFolder] = process.argv.slice(2);
fs.rmSync(abiFolder, { recursive: true, force: true });
fs.mkdirSync(abiFolder, { recursive: true });
const contracts = {};
for (const [name, artifact] of Object.entries(artifacts)) {
  const { abi, bytecode } = JSON.parse(fs.readFileSync(path.join(out, artifact), 'utf8'));
  const bin = bytecode.object.replace(/^0x/, '');
  if (/[^0-9a-f]/.test(bin)) throw new Error(`${name}: unlinked library in the bytecode`);
  fs.writeFileSync(path.join(abiFolder, `${name}.json`), JSON.stringify(abi, null, 1) + '\n');
  contracts[`${artifact}:${name}`] = { abi, bin, 'bin-runtime': '', srcmap: '', 'srcmap-runtime': '', metadata: '', devdoc: {}, userdoc: {}, hashes: {} };
}
process.stdout.write(JSON.stringify({ version: require('solc/package.json').version, contracts }));
