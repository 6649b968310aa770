package demo

import "github.com/suyuan-ledger/suyuan/demo/stories"

// Stations of the tour, in order.
var beats = []beat{
	{
		name:  "operators",
		title: stories.Text{ZH: "四家运营方", EN: "Four operators"},
		sentences: []stories.Text{
			{ZH: "这本账由 {count} 家机构共同运行：{names}。", EN: "{count} organisations run this ledger together: {names}."},
			{ZH: "每个区块要有其中 {needed} 家签名，谁也不能独自改动它。", EN: "Every block needs the signatures of {needed} of them: none can change it alone."},
		},
		act: seeOperators,
	},
	{
		name:  "scan",
		title: stories.Text{ZH: "在门店扫码", EN: "A scan in the shop"},
		sentences: []stories.Text{
			{ZH: "{product}，{shop}货架上的一瓶：瓶身印的批号 {lot} 与账上登记的一致。", EN: "{product}, a bottle on the shelf of {shop}: the lot printed on it, {lot}, is the one on record."},
			{ZH: "{laboratory}于 {date} 出具该批次的合格报告 {report}。", EN: "{laboratory} found the lot conformant on {date}, in report {report}."},
		},
		act: scanInTheShop,
	},
	{
		name:  "cold-chain",
		title: stories.Text{ZH: "{minutes} 分钟，{peak} °C", EN: "{minutes} minutes at {peak} °C"},
		sentences: []stories.Text{
			{ZH: "{carrier}运输途中，温度有 {minutes} 分钟高于 {limit} °C 的上限，最高 {peak} °C。", EN: "On the way with {carrier} it was above the limit of {limit} °C for {minutes} minutes, up to {peak} °C."},
			{ZH: "{accepter}测得中心温度 {core} °C，接受了这批货。", EN: "{accepter} measured {core} °C at the core and accepted the goods."},
		},
		act: seeTheExcursion,
	},
	{
		name:  "on-your-phone",
		title: stories.Text{ZH: "在这台手机上核对", EN: "Checked on this phone"},
		sentences: []stories.Text{
			{ZH: "不必相信{operator}的节点：这一页在您的浏览器里自己核对 {steps} 项，看「在这台手机上核对」那张卡；{all} 位验证者中 {signers} 位的签名涵盖全部 {records} 条记录，一条不少。", EN: "You needn't believe the node of {operator}: in your browser its page takes {steps} checks, on the card “Checked on this phone”. The signatures of {signers} of {all} validators cover all {records} records, and none is missing."},
			{ZH: "卡片下方「信任的账本」里的指纹是 {fingerprint}，四家运营方公布的都一样，可以念给别人对照。", EN: "The fingerprint under “Trusted ledger” is {fingerprint}, the same at all four operators: read it out to somebody else."},
		},
		act: checkOnThePhone,
	},
	{
		name:  "hidden-excursion",
		title: stories.Text{ZH: "隐瞒的 {peak} °C", EN: "The {peak} °C, hidden"},
		sentences: []stories.Text{
			{ZH: "{liar}在自己的库里把 {peak} °C 改成了 {told} °C。打开它的页面：手机上的核对变红，点名没有通过的一项「每条内容与承诺相符」。", EN: "{liar} has changed the {peak} °C into {told} °C in its own store. On its page the phone's check turns red and names what failed: “Each content is the one committed to”."},
			{ZH: "{honest}的页面照样通过，{peak} °C 还在：{other}", EN: "The page of {honest} passes, and the {peak} °C is there: {other}"},
		},
		act:   hideTheExcursion,
		after: stopHiding,
	},
	{
		name:  "sealed-sale",
		title: stories.Text{ZH: "密封的价格", EN: "A sealed price"},
		sentences: []stories.Text{
			{ZH: "{seller}把一托盘货交给{carrier}，价格 {price} 不上账：内容密封，只有{holders}的节点有，也只给有份的人看。", EN: "{seller} hands a pallet to {carrier}. The price, {price}, isn't on the ledger: the body is sealed, and only the nodes of {holders} have it and show it to those who have a part in it."},
			{ZH: "{outsider}与此无关：它的页面说有一条密封记录、谁记的、什么时候，内容却没有；在它的 {files} 个文件里逐个查找，价格和事件编号一处也没有。", EN: "{outsider} has no part in it: its page says that there is a sealed record, by whom and when, and nothing of what it says. We looked through all {files} files of its node: neither the price nor the event's ID is in any."},
		},
		act: sealTheSale,
	},
	{
		name:  "copied-label",
		title: stories.Text{ZH: "复制的标签", EN: "A copied label"},
		sentences: []stories.Text{
			{ZH: "复制一张标签，打开的是同一个页面；在{operator}的节点上也一样。", EN: "A copy of the label opens the same page, and so it does at the node of {operator}."},
			{ZH: "页面不变绿：记录属实，但手里这一瓶「未核验」，印刷的码谁都能复制。", EN: "The page doesn't turn green: the record holds, but this bottle is “not checked”. Anybody can copy a printed code."},
		},
		act: copyTheLabel,
	},
	{
		name:  "recall",
		title: stories.Text{ZH: "召回", EN: "A recall"},
		sentences: []stories.Text{
			{ZH: "序列号 {serial} 刚刚登记，页面是中性的；记下召回 {seconds} 秒后，页面变红：{reason}。", EN: "Serial {serial} was registered a moment ago and its page was neutral; {seconds} s after a recall was recorded it is red: {reason}."},
			{ZH: "{operator}的节点也显示同样的召回。", EN: "The node of {operator} shows the same recall."},
		},
		act: recall,
	},
	{
		name:  "one-stopped",
		title: stories.Text{ZH: "停掉一家", EN: "One is stopped"},
		sentences: []stories.Text{
			{ZH: "{stopped}的节点停了，其余 {present} 家照常记账：一条新记录 {seconds} 秒后定案。", EN: "The validator of {stopped} is stopped. The other {present} go on: a new record was final after {seconds} s."},
		},
		act: stopOne,
	},
	{
		name:  "two-stopped",
		title: stories.Text{ZH: "停掉两家", EN: "Two are stopped"},
		sentences: []stories.Text{
			{ZH: "{stopped}也停了。{readers}的节点上，扫码页照常打开。", EN: "{stopped} is stopped too. At the nodes of {readers} the scan page opens as before."},
			{ZH: "写入等待：{total} 家只有 {present} 家在投票，需要超过三分之二；节点点名缺席者：{missing}。", EN: "Writing waits: {present} of {total} vote and more than two thirds are needed. The node names who is missing: {missing}."},
		},
		act: stopTwo,
	},
	{
		name:  "started",
		title: stories.Text{ZH: "重新启动", EN: "Started again"},
		sentences: []stories.Text{
			{ZH: "两家都回来了：等待的记录已经定案，停机期间写下的 {written} 条记录在 {count} 个节点上都有，一条不少。", EN: "Both are back: the record that waited is final, and the {written} records made meanwhile are at all {count} nodes. Nothing is lost."},
			{ZH: "四家在第 {block} 块上一致。", EN: "All agree on block {block}."},
			leaves,
		},
		act: startBoth,
	},
}
