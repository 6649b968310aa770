// Unmodified ethers and viem against a node's /rpc: read, send a real contract call, wait for it, be
// refused where the ledger refuses. Usage: node wallets.mjs RPC_URL PRIVATE_KEY CHAIN_ID HEADS_ADDRESS
// The key must be registered and may capture under the sandbox's licence. Prints one line of JSON.
import { ethers } from "ethers";
import { createPublicClient, createWalletClient, defineChain, encodeFunctionData, http, keccak256, toHex, webSocket } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const [rpc, key, chainId, headsAddress] = process.argv.slice(2);
const abi = [
  {
    type: "function", name: "append", stateMutability: "nonpayable",
    inputs: [
      { name: "lane", type: "uint8" }, { name: "kind", type: "uint8" },
      { name: "commitments", type: "bytes32[]" },
      { name: "objects", type: "tuple[][]", components: [{ name: "kind", type: "uint8" }, { name: "primary", type: "bytes32" }, { name: "suffix", type: "bytes32" }] },
      { name: "next", type: "address[]" }, { name: "payload", type: "bytes" },
    ],
    outputs: [{ type: "uint256" }],
  },
  { type: "function", name: "leaves", stateMutability: "view", inputs: [], outputs: [{ type: "uint256" }] },
];
const fail = (what) => { throw new Error(what); };
const check = (ok, what) => ok || fail(what);

// An instance under a prefix nobody registered: GTIN 09506000134352 and a serial of this run.
const instance = (serial) => ({
  kind: 1,
  primary: ("0x" + Buffer.from("09506000134352").toString("hex")).padEnd(66, "0"),
  suffix: keccak256(toHex(serial)),
});
const callOf = (serial) => [0, 1, [keccak256(toHex("body of " + serial))], [[instance(serial)]], [], "0x"];
const run = process.hrtime.bigint().toString();

async function withEthers() {
  const provider = new ethers.JsonRpcProvider(rpc);
  const network = await provider.getNetwork();
  check(network.chainId === BigInt(chainId), `ethers: chain id ${network.chainId}`);
  const fees = await provider.getFeeData();
  check(fees.gasPrice === 0n, `ethers: gas price ${fees.gasPrice}`);
  const wallet = new ethers.Wallet(key, provider);
  const heads = new ethers.Contract(headsAddress, abi, wallet);
  const before = await heads.leaves();
  const tx = await heads.append(...callOf("ethers " + run));
  const receipt = await tx.wait();
  check(receipt.status === 1, "ethers: the call reverted");
  check((await heads.leaves()) > before, "ethers: no leaf was added");
  const block = await provider.getBlock("finalized");
  check(block.number >= receipt.blockNumber, "ethers: a receipt must be final");
  check(block.baseFeePerGas === 0n, "ethers: base fee");

  const stranger = ethers.Wallet.createRandom().connect(provider);
  let refusal = "";
  try {
    await stranger.sendTransaction({ to: headsAddress, data: "0x", gasLimit: 100000 });
  } catch (e) {
    refusal = e.error?.message ?? e.info?.error?.message ?? e.message;
  }
  check(/unknown|not registered/i.test(refusal), `ethers: an unregistered sender must be refused by name, got: ${refusal}`);
  provider.destroy();
  return { hash: receipt.hash, gasUsed: receipt.gasUsed.toString(), refusal };
}

async function withViem() {
  const chain = defineChain({ id: Number(chainId), name: "Suyuan", nativeCurrency: { name: "none", symbol: "NONE", decimals: 18 }, rpcUrls: { default: { http: [rpc] } } });
  const account = privateKeyToAccount(key);
  const reader = createPublicClient({ chain, transport: http(rpc), pollingInterval: 200 });
  const writer = createWalletClient({ account, chain, transport: http(rpc) });
  const hash = await writer.sendTransaction({ to: headsAddress, data: encodeFunctionData({ abi, functionName: "append", args: callOf("viem " + run) }) });
  const receipt = await reader.waitForTransactionReceipt({ hash });
  check(receipt.status === "success", "viem: the call reverted");
  const proof = await reader.getProof({ address: headsAddress, storageKeys: [toHex(2, { size: 32 })], blockTag: "latest" });
  check(proof.storageProof.length === 1, "viem: eth_getProof");
  const logs = await reader.getLogs({ address: headsAddress, fromBlock: receipt.blockNumber, toBlock: receipt.blockNumber });
  check(logs.some((l) => l.transactionHash === hash), "viem: the log isn't found");

  const socket = createPublicClient({ chain, transport: webSocket(rpc.replace(/^http/, "ws")) });
  const height = await socket.getBlockNumber();
  check(height >= receipt.blockNumber, "viem: WebSocket is behind");
  (await socket.transport.getRpcClient()).close();

  let hosted = "";
  try {
    await reader.request({ method: "eth_sendTransaction", params: [{ from: account.address, to: headsAddress, data: "0x" }] });
  } catch (e) { hosted = e.details ?? e.message; }
  check(hosted !== "", "viem: eth_sendTransaction must be refused");
  return { hash, gasUsed: receipt.gasUsed.toString(), hosted };
}

const result = { ethers: await withEthers(), viem: await withViem() };
console.log(JSON.stringify(result));
process.exit(0);
