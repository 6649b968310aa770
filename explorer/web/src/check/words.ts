// Texts of the check, Chinese and English. Steps are those of docs/reference/proof.md.
import type { StepName } from "../../../../verify/ts/src/index.js";

export type Lang = "zh" | "en";
export const lang: Lang = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
type Text = readonly [zh: string, en: string];

export const stepWords: Record<StepName, Text> = {
  format: ["文件格式完整", "The file is well formed"],
  network: ["属于您信任的账本", "It is of the ledger you trust"],
  subject: ["说的正是这件物品", "It is about this very thing"],
  validators: ["验证者名单是您固定的，或由其签名交接而来", "The validators are the pinned ones, or follow from them by signed hand-over"],
  signatures: ["三分之二以上的验证者签了名", "More than two thirds of the validators signed"],
  fork: ["同一高度没有第二份签名", "No second header was signed at this height"],
  block: ["签名涵盖这个区块", "What they signed commits to this block"],
  heads: ["账本合约的代码没有被换", "The ledger's contract has the trusted code"],
  slots: ["账本的记录头与出示的一致", "The ledger holds exactly these record heads"],
  leaves: ["记录一条不少、次序不变", "The records are complete and in order"],
  bodies: ["每条内容与承诺相符", "Each content is the one committed to"],
  parties: ["每条记录由登记在册的企业签名", "Each record was made by a registered party with a valid key"],
  licences: ["每家企业当时有权记录", "Each party was entitled to record it"],
  story: ["所涉及的批次、容器、原料都在", "Lots, containers and ingredients it depends on are there"],
  lists: ["清单中的编号可证", "Membership in lists is proven"],
  recall: ["召回情况已查明", "Recalls are accounted for"],
  age: ["账本状态是新近的", "The state of the ledger is recent"],
};

export const warningWords: Record<string, Text> = {
  withheld: ["有的记录没有公开内容", "the content of some records is withheld"],
  sandbox: ["测试网络的开放许可", "an open licence of a test network"],
  omitted: ["有的容器或原料没有列入证明", "some containers or ingredients are left out of the proof"],
  list: ["可能还在一份未展开的清单里", "it may also be in a list that was not opened"],
  recalled: ["已被召回", "it is recalled"],
  old: ["签名早于十分钟前，或早于您见过的高度", "signed more than ten minutes ago, or before a height you have seen"],
  future: ["签名时间晚于本机时钟", "signed later than this device's clock"],
  pinned: ["只证明固定区块之前的事", "proves only what came before the pinned block"],
};

const words = {
  heading: ["在这台手机上核对", "Checked on this phone"],
  told: ["以下内容是本节点的说法。正在用验证者的签名核对……", "This is what this node tells. Checking it against the validators' signatures…"],
  good: ["已在这台手机上核对：完整、未改动", "Checked on this phone: intact and complete"],
  warned: ["已在这台手机上核对，请注意", "Checked on this phone, with a remark"],
  refused: ["核对未通过：{step}", "The check failed: {step}"],
  refusedMore: ["不要相信本页内容。请换一家运营方的网页再查。", "Don't believe this page. Ask another operator's page."],
  differs: ["网页说的与账本不同", "The page says something else than the ledger"],
  differsMore: ["下面标红的地方列出经核对的内容。请换一家运营方的网页再查。", "The marked places below show what was verified. Ask another operator's page."],
  noproof: ["本节点没有给出证明：{why}", "This node gave no proof: {why}"],
  noproofMore: ["以上仅为本节点的说法。请换一家运营方的网页，或稍后再试。", "What you see is this node's word only. Ask another operator's page, or try again later."],
  own: ["核对任何证明", "Check any proof"],
  scope: ["核对的是：步骤的时间、环节、签名企业、地点编号、图表外的读数，以及召回。商品图文、结论卡、地图和曲线是本节点根据这些记录作的摘要。", "Checked: each step's time, kind, signer, place number, shown figures, and recalls. Names of goods, the verdicts, the map and the curve are this node's summary of those records."],
  steps: ["{n} 项核对", "{n} checks"],
  rows: ["网页上的 {n} 个步骤与核对过的记录一致", "{n} steps on this page agree with verified records"],
  followed: ["{n} 个步骤记在原料的容器上，用另外的证明核对", "{n} steps are on containers of ingredients and were checked by further proofs"],
  uncovered: ["{n} 个步骤不在证明范围内，已标明", "{n} steps are outside the proof, and marked"],
  missing: ["账本上有而网页没有显示", "On the ledger, but not on this page"],
  extra: ["网页显示而账本上没有", "On this page, but not on the ledger"],
  also: ["另有 {n} 条记录与本故事的时段无关", "{n} further records lie outside the time of this story"],
  verified: ["本机核对", "Verified here"],
  ledgerSays: ["账本记录的是：", "The ledger says: "],
  register: ["登记名：{name}", "registered as {name}"],
  outside: ["不在证明范围内", "outside the proof"],
  at: ["签名高度 {height}，{time}，{signers}/{all} 位验证者", "Signed at height {height}, {time}, by {signers} of {all} validators"],
  trust: ["信任的账本", "Trusted ledger"],
  firstUse: ["首次使用时固定。请与别处公布的指纹对照：", "Pinned at first use. Compare the fingerprint with one published elsewhere: "],
  pinned: ["固定于 {time}，指纹：", "Pinned {time}, fingerprint: "],
  notSaved: ["浏览器不允许保存，下次会重新固定。", "The browser doesn't let it be kept: it will be pinned anew next time."],
  changed: ["本节点出示的是另一本账（指纹 {theirs}），不是您固定的那一本（指纹 {ours}）。", "This node speaks of another ledger (fingerprint {theirs}) than the one you pinned (fingerprint {ours})."],
  changedMore: ["除非您从运营方以外的渠道得知账本已更换，否则不要相信。", "Don't believe it, unless you learned from somebody other than this operator that the ledger was replaced."],
  forget: ["忘掉固定的账本", "Forget the pinned ledger"],
  forgetSure: ["再按一次：下次打开将信任该节点当时所说的账本", "Press again: the next page will trust the ledger that its node tells then"],
  evidence: ["下载证据（两份签名）", "Download the evidence (both signed headers)"],
  limits: ["这段程序来自同一台服务器，挡不住服务器本身作假。要更稳妥：用命令行 suyuan verify，用另一家运营方的 /verify 网页，或用 npm 包 @suyuan/verify 核对同一份证明。", "This program came from the same server and can't protect you against that server itself. Surer ways: the command suyuan verify, the page /verify of another operator, or the npm package @suyuan/verify, over the same proof."],
  save: ["保存证明文件", "Save the proof file"],
  second: ["问问其他运营方", "Ask other operators"],
  asking: ["正在询问……", "Asking…"],
  agrees: ["一致", "agrees"],
  disagrees: ["不一致：{why}", "disagrees: {why}"],
  silent: ["没有回答：{why}", "gave no answer: {why}"],
  otherBlock: ["同一区块号签出了另一个区块", "another block was signed under the same number"],
  otherRecords: ["记录不同（{n} 条）", "other records ({n})"],
  oneRecord: ["较新的记录", "newer records"],
  recallShown: ["召回", "Recall"],
  recallHidden: ["账本上有一项召回，网页没有显示：{what}", "The ledger holds a recall that this page doesn't show: {what}"],
  recallInvented: ["网页显示的召回不在账本上", "The recall on this page isn't on the ledger"],
  struck: ["更正情况与账本不同", "withdrawn or not: the ledger says otherwise"],
  f_time: ["时间", "time"], f_step: ["环节", "step"], f_party: ["企业", "party"], f_place: ["地点", "place"], f_value: ["读数 {v}", "figure {v}"],
  placeless: ["未登记地点", "no place recorded"],
  record: ["登记于 {time}", "on record {time}"],
  drop: ["请选择文件或粘贴链接", "Choose a file or paste a link"],
  bad: ["读不懂：{why}", "Can't read this: {why}"],
  facts: ["经核对的记录", "Verified records"],
  factsNone: ["账本上没有关于它的记录。", "The ledger holds no record of it."],
  notes: ["另有 {n} 条旁注，不影响结论", "{n} notes by others, which change nothing"],
  usingFile: ["信任文件，指纹：", "Trust file, fingerprint: "],
  usingPin: ["使用固定的账本，指纹：", "Using the pinned ledger, fingerprint: "],
} as const satisfies Record<string, Text>;

export type Word = keyof typeof words;
const pick = (t: Text): string => t[lang === "zh" ? 0 : 1];

export function say(key: Word, args: Record<string, unknown> = {}): string {
  return pick(words[key]).replace(/\{(\w+)\}/g, (_, k: string) => String(args[k] ?? ""));
}
export const stepName = (s: StepName): string => pick(stepWords[s]);
export const warning = (code: string): string => (warningWords[code] ? pick(warningWords[code]) : code);
export const list = (items: string[]): string => items.join(lang === "zh" ? "；" : "; ");
export const moment = (d: Date): string => d.toISOString().slice(0, 16).replace("T", " ") + " UTC";
