package verify_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify"
)

// text puts a body as it is on the subject's trunk.
func (b *tiny) text(time int, body string, names ...string) {
	if names == nil {
		names = []string{bottle}
	}
	b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 1, Time: verify.U64(time), Body: &body}, 0, names...)
}

// told puts an event on trunks, recorded at a time and told to have happened at another.
func (b *tiny) told(recorded int, eventTime string, body map[string]any, names ...string) {
	body["eventTime"] = eventTime
	raw, err := json.Marshal(body)
	require.NoError(b.t, err)
	b.text(recorded, string(raw), names...)
}

// ilmd tells of the subject's making, with some data.
func (b *tiny) ilmd(data any) {
	b.event(bottle, 1110, map[string]any{"type": "ObjectEvent", "action": "ADD", "epcList": []any{link(bottle)}, "ilmd": data})
}

// kept fills a lane up to its first checkpoint with records of a kind.
func (b *tiny) kept(name string, lane, kind, time int) {
	l := b.lane(name, lane)
	body := "{}"
	for len(l.Leaves) < 64 {
		b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: kind, Time: verify.U64(time), Body: &body}, lane, name)
		l = b.lane(name, lane)
	}
	to := verify.U64(64)
	l.To = &to
}

func unpacking(typ, parent string, x string) map[string]any {
	body := map[string]any{"type": typ, "action": "DELETE", "childEPCs": []any{link(x)}}
	if parent != "" {
		body["parentID"] = link(parent)
	}
	return body
}

func with(body map[string]any, key string, v any) map[string]any {
	if body[key] = v; v == nil {
		delete(body, key)
	}
	return body
}

// tale are cases with a container that is not shown: whether the event counts that names it.
func tale(name, ok string, change func(b *tiny)) storyCase {
	return storyCase{name: name, ok: ok, change: change}
}

// barrelBy is an event on the subject's trunk that packs it into the barrel, which isn't shown: it fails if it is one.
func barrelBy(name, ok string, change func(body map[string]any)) storyCase {
	return tale(name, ok, func(b *tiny) {
		body := packing(barrel, bottle)
		change(body)
		b.event(bottle, 1350, body)
	})
}

// barrelText is the same with a body in any form: FIELDS stands for those of the event but for the time, which is TIME.
func barrelText(name, ok, form string) storyCase {
	return tale("a body: "+name, ok, func(b *tiny) {
		raw, err := json.Marshal(packing(barrel, bottle))
		require.NoError(b.t, err)
		fields := strings.Trim(string(raw), "{}")
		b.text(1350, strings.ReplaceAll(strings.ReplaceAll(form, "FIELDS", fields), "TIME", `"eventTime":"1970-01-01T00:22:30Z"`))
	})
}

// barrelAt is the same at a time told in any form: no event if the form isn't one.
func barrelAt(time, ok string) storyCase {
	return tale("an event at "+time, ok, func(b *tiny) { b.told(1350, time, packing(barrel, bottle)) })
}

// until is a container it was taken out of at a time told in this form, shown up to a leaf of a second.
func until(eventTime string, last int, ok string) storyCase {
	return tale("a container it was taken out of at "+eventTime+", shown until "+map[string]string{"good": "seven days afterwards", "story": "a second less than seven days afterwards"}[ok], ok,
		func(b *tiny) {
			b.told(1400, eventTime, unpacking("AggregationEvent", crate, bottle), bottle)
			b.lane(crate, 0).To = upTo(b, crate, 1410, last)
		})
}

// taleCases are more about what a story needs, and of what times.
var taleCases = []storyCase{
	barrelBy("taken out of a container it never was in", "good", func(body map[string]any) { body["action"] = "DELETE" }),
	barrelBy("seen in a container left out", "story", func(body map[string]any) { body["action"] = "OBSERVE" }),
	barrelBy("packed by an event without action, the container left out", "story", func(body map[string]any) { delete(body, "action") }),
	barrelBy("packed by an event whose action is a number, the container left out", "story", func(body map[string]any) { body["action"] = 1 }),
	barrelBy("taken out by an action in lower case, the container left out", "story", func(body map[string]any) { body["action"] = "delete" }),
	barrelBy("packed by an event of no type", "good", func(body map[string]any) { delete(body, "type") }),
	barrelBy("packed by an event of a type that ends like one", "good", func(body map[string]any) { body["type"] = "xAggregationEvent" }),
	barrelBy("packed into no container", "good", func(body map[string]any) { delete(body, "parentID") }),
	barrelBy("packed into what has no name", "good", func(body map[string]any) { body["parentID"] = "barrel" }),
	barrelBy("packed into a list of containers", "good", func(body map[string]any) { body["parentID"] = []any{link(barrel)} }),
	barrelBy("packed in other words, the container left out", "story", func(body map[string]any) {
		body["childEPCs"] = []any{1, nil, "x", "urn:epc:id:sgtin:9521141.001234.B1"}
	}),
	barrelBy("its class packed", "good", func(body map[string]any) {
		body["childEPCs"] = []any{}
		body["childQuantityList"] = []any{map[string]any{"epcClass": link(class)}}
	}),
	barrelBy("packed as a quantity, the container left out", "story", func(body map[string]any) {
		body["childEPCs"] = []any{}
		body["childQuantityList"] = []any{map[string]any{"epcClass": link(bottle)}}
	}),
	barrelBy("its siblings packed", "good", func(body map[string]any) { body["childEPCs"] = []any{link(class + "/21/B2")} }),
	tale("packed by an association it wasn't undone from, taken out by an aggregation", "good", func(b *tiny) {
		b.told(1210, "1970-01-01T00:20:10Z", with(packing(crate, bottle), "type", "AssociationEvent"), bottle)
		packed(b, "DELETE", 1400)
		b.lane(crate, 0).To = upTo(b, crate, 1410, 1400+sevenDays)
	}),

	barrelText("an event", "story", "{FIELDS,TIME}"),
	barrelText("white space around it", "story", " \n{FIELDS, TIME}\t\r\n"),
	barrelText("without a time", "good", "{FIELDS}"),
	barrelText("in a list", "good", "[{FIELDS,TIME}]"),
	barrelText("followed by another", "good", "{FIELDS,TIME}{}"),
	barrelText("followed by a letter", "good", "{FIELDS,TIME}x"),
	barrelText("cut off", "good", "{FIELDS,TIME"),
	barrelText("behind a byte order mark", "good", "\ufeff{FIELDS,TIME}"),
	barrelText("with a comma too many", "good", "{FIELDS,TIME,}"),
	barrelText("with a comment", "good", "{FIELDS,TIME/**/}"),
	barrelText("with a number too large for a double", "story", `{FIELDS,TIME,"x":1e999}`),
	barrelText("with a number that is none", "good", `{FIELDS,TIME,"x":01}`),
	barrelText("with a control character", "good", "{FIELDS,TIME,\"x\":\"\x01\"}"),
	barrelText("with a bad escape", "good", `{FIELDS,TIME,"x":"\x"}`),
	barrelText("with half a surrogate pair", "story", `{FIELDS,TIME,"x":"\ud800"}`),
	barrelText("with an escape in a name", "story", `{FIELDS,"event\u0054ime":"1970-01-01T00:22:30Z"}`),
	barrelText("with the action twice, DELETE last", "good", `{FIELDS,TIME,"action":"DELETE"}`),
	barrelText("with the action twice, DELETE first", "story", `{"action":"DELETE",FIELDS,TIME}`),
	barrelText("with the parent twice", "good", `{FIELDS,TIME,"parentID":null}`),
	barrelText("with names in other case", "good", `{FIELDS,"EventTime":"1970-01-01T00:22:30Z"}`),
	barrelText("with a member that JavaScript has in every object", "story", `{FIELDS,TIME,"__proto__":{"type":"x"},"constructor":1}`),
	barrelText("its fields in a member that JavaScript has in every object", "good", `{TIME,"__proto__":{FIELDS}}`),
	barrelText("with arrays as deep as may be", "story", `{FIELDS,TIME,"x":`+strings.Repeat("[", 9999)+strings.Repeat("]", 9999)+"}"),
	barrelText("with arrays deeper than may be", "good", `{FIELDS,TIME,"x":`+strings.Repeat("[", 10000)+strings.Repeat("]", 10000)+"}"),
	barrelText("with many brackets in a text", "story", `{FIELDS,TIME,"x":"\"`+strings.Repeat("[", 30000)+`"}`),
	barrelText("null", "good", "null"),
	barrelText("empty", "good", ""),

	barrelAt("1970-01-01T00:22:30Z", "story"), barrelAt("1970-01-01T00:22:30.5Z", "story"), barrelAt("1970-01-01T00:22:30.123456789012Z", "story"),
	barrelAt("1970-01-01T00:22:30+00:00", "story"), barrelAt("1970-01-01T00:22:30-00:00", "story"), barrelAt("1970-01-01T00:22:30+23:59", "story"),
	barrelAt("2024-02-29T00:00:00Z", "story"), barrelAt("2000-02-29T00:00:00Z", "story"), barrelAt("0000-01-01T00:00:00Z", "story"),
	barrelAt("9999-12-31T23:59:59Z", "story"), barrelAt("1969-12-31T23:59:59Z", "story"),
	barrelAt("2023-02-29T00:00:00Z", "good"), barrelAt("1900-02-29T00:00:00Z", "good"), barrelAt("2024-02-30T00:00:00Z", "good"),
	barrelAt("2024-04-31T00:00:00Z", "good"), barrelAt("2024-00-10T00:00:00Z", "good"), barrelAt("2024-13-10T00:00:00Z", "good"),
	barrelAt("2024-01-00T00:00:00Z", "good"), barrelAt("2024-01-32T00:00:00Z", "good"), barrelAt("2016-12-31T23:59:60Z", "good"),
	barrelAt("2024-01-01T24:00:00Z", "good"), barrelAt("2024-01-01T23:60:00Z", "good"), barrelAt("2024-01-01T00:00:00+24:00", "good"),
	barrelAt("2024-01-01T00:00:00+00:60", "good"), barrelAt("2024-01-01T00:00:00+0800", "good"), barrelAt("2024-01-01T00:00:00+08", "good"),
	barrelAt("2024-01-01T00:00:00", "good"), barrelAt("2024-01-01T00:00Z", "good"), barrelAt("2024-01-01 00:00:00Z", "good"),
	barrelAt("2024-01-01t00:00:00Z", "good"), barrelAt("2024-01-01T00:00:00z", "good"), barrelAt("2024-01-01T00:00:00.Z", "good"),
	barrelAt("2024-01-01T00:00:00,5Z", "good"), barrelAt("24-01-01T00:00:00Z", "good"), barrelAt("12024-01-01T00:00:00Z", "good"),
	barrelAt("+2024-01-01T00:00:00Z", "good"), barrelAt("2024-1-01T00:00:00Z", "good"), barrelAt(" 2024-01-01T00:00:00Z", "good"),
	barrelAt("2024-01-01T00:00:00Z\n", "good"), barrelAt("２024-01-01T00:00:00Z", "good"), barrelAt("2024-01-01", "good"),

	until("1970-01-01T00:23:20.0009Z", 1400+sevenDays, "good"),
	until("1970-01-01T00:23:20.9999999Z", 1401+sevenDays, "good"),
	until("1970-01-01T00:23:20.001Z", 1400+sevenDays, "story"),
	until("1970-01-01T01:23:20+01:00", 1400+sevenDays, "good"),
	until("1970-01-01T01:23:20+01:00", 1400+sevenDays-1, "story"),
	until("1969-12-31T23:53:20-00:30", 1400+sevenDays, "good"),
	until("1969-12-31T23:53:20-00:30", 1400+sevenDays-1, "story"),
	until("1972-02-29T00:00:00Z", 789*86400+sevenDays, "good"),
	until("1972-02-29T00:00:00Z", 789*86400+sevenDays-1, "story"),
	until("1972-03-01T00:00:00Z", 790*86400+sevenDays-1, "story"),
	until("1972-03-01T00:00:00Z", 790*86400+sevenDays, "good"),

	tale("a container it was taken out of twice, shown until seven days after the first time", "good", func(b *tiny) {
		packed(b, "DELETE", 1400)
		packed(b, "DELETE", 1600)
		b.lane(crate, 0).To = upTo(b, crate, 1610, 1400+sevenDays)
	}),
	tale("the same, told in the other order", "good", func(b *tiny) {
		b.told(1400, "1970-01-01T00:26:40Z", unpacking("AggregationEvent", crate, bottle), bottle)
		b.told(1410, "1970-01-01T00:23:20Z", unpacking("AggregationEvent", crate, bottle), bottle)
		b.lane(crate, 0).To = upTo(b, crate, 1610, 1400+sevenDays)
	}),
	tale("a container it was taken out of before it was put in, as told later", "story", func(b *tiny) {
		b.told(1400, "1970-01-01T00:19:59Z", unpacking("AggregationEvent", crate, bottle), bottle)
		b.lane(crate, 0).To = upTo(b, crate, 1410, 1400+sevenDays)
	}),
	tale("a container it was taken out of, as told before it was put in", "good", func(b *tiny) {
		b.told(1150, "1970-01-01T00:23:20Z", unpacking("AggregationEvent", crate, bottle), bottle)
		l := b.lane(bottle, 0).Leaves
		l[1], l[2] = l[2], l[1]
		b.lane(crate, 0).To = upTo(b, crate, 1410, 1400+sevenDays)
	}),
	tale("a container it was taken out of by an association", "good", func(b *tiny) {
		b.event(bottle, 1400, unpacking("AssociationEvent", crate, bottle))
		b.lane(crate, 0).To = upTo(b, crate, 1410, 1400+sevenDays)
	}),
	tale("a container shown up to a checkpoint, an event of another type with DELETE", "story", func(b *tiny) {
		b.event(bottle, 1400, unpacking("TransactionEvent", crate, bottle))
		b.lane(crate, 0).To = upTo(b, crate, 1410, 1400+sevenDays)
	}),
	tale("a container shown up to a checkpoint, another thing taken out", "story", func(b *tiny) {
		b.event(bottle, 1400, unpacking("AggregationEvent", crate, class+"/21/B2"))
		b.lane(crate, 0).To = upTo(b, crate, 1410, 1400+sevenDays)
	}),

	tale("a lot as a value with a language", "story", func(b *tiny) {
		b.ilmd(map[string]any{"x:lotNumber": map[string]any{"@value": "L2", "@language": "en"}})
	}),
	tale("a lot by a name that ends in # and lotNumber", "story", func(b *tiny) { b.ilmd(map[string]any{"urn:x#lotNumber": "L2"}) }),
	tale("a lot by a name that ends in / and lotNumber", "story", func(b *tiny) { b.ilmd(map[string]any{"https://ref.example/lotNumber": "L2"}) }),
	tale("a lot by a name with several separators", "story", func(b *tiny) { b.ilmd(map[string]any{"https://ref.example/a#b:lotNumber": "L2"}) }),
	tale("a lot by the bare name", "story", func(b *tiny) { b.ilmd(map[string]any{"lotNumber": "L2"}) }),
	tale("a lot by a name that ends in lotNumber", "good", func(b *tiny) { b.ilmd(map[string]any{"x:mylotNumber": "L2", "old-lotNumber": "L2"}) }),
	tale("a lot by a name that goes on behind lotNumber", "good", func(b *tiny) { b.ilmd(map[string]any{"x:lotNumber:x": "L2", "x:lotNumber/": "L2"}) }),
	tale("a lot by a name in other case", "good", func(b *tiny) { b.ilmd(map[string]any{"x:LotNumber": "L2"}) }),
	tale("an empty lot", "good", func(b *tiny) { b.ilmd(map[string]any{"x:lotNumber": "", "y:lotNumber": map[string]any{"@value": ""}}) }),
	tale("a lot that is a number", "good", func(b *tiny) { b.ilmd(map[string]any{"x:lotNumber": 2, "y:lotNumber": map[string]any{"@value": 2}}) }),
	tale("a list of lots", "good", func(b *tiny) { b.ilmd(map[string]any{"x:lotNumber": []any{"L2"}}) }),
	tale("a lot in an object without value", "good", func(b *tiny) { b.ilmd(map[string]any{"x:lotNumber": map[string]any{"value": "L2"}}) }),
	tale("a lot in a list of data", "good", func(b *tiny) { b.ilmd([]any{map[string]any{"x:lotNumber": "L2"}}) }),
	tale("a lot deep in the data", "good", func(b *tiny) { b.ilmd(map[string]any{"x": map[string]any{"lotNumber": "L2"}}) }),
	tale("two lots, one of them left out", "story", func(b *tiny) { b.ilmd(map[string]any{"x:lotNumber": "L1", "y:lotNumber": "L2"}) }),
	tale("a lot in an event without action that lists it", "good", func(b *tiny) {
		b.event(bottle, 1110, map[string]any{"type": "ObjectEvent", "epcList": []any{link(bottle)}, "ilmd": map[string]any{"x:lotNumber": "L2"}})
	}),
	tale("a lot in an event that makes another", "good", func(b *tiny) {
		b.event(bottle, 1110, map[string]any{"type": "ObjectEvent", "action": "ADD", "epcList": []any{link(class + "/21/B2")}, "ilmd": map[string]any{"x:lotNumber": "L2"}})
	}),
	tale("a lot in an event of another type that makes it", "story", func(b *tiny) {
		b.event(bottle, 1110, map[string]any{"type": "x", "outputEPCList": []any{link(bottle)}, "ilmd": map[string]any{"x:lotNumber": "L2"}})
	}),
	tale("a lot in another thing's link", "good", func(b *tiny) {
		b.event(bottle, 1110, map[string]any{"type": "ObjectEvent", "action": "ADD", "epcList": []any{link(bottle), link(class + "/10/L2/21/B2")}})
	}),
	tale("a lot in the link behind the serial, left out", "story", func(b *tiny) {
		b.event(bottle, 1110, map[string]any{"type": "ObjectEvent", "action": "ADD", "epcList": []any{link(bottle + "/10/L2")}})
	}),
	tale("a lot in the link of an output, left out", "story", func(b *tiny) {
		b.event(bottle, 1110, map[string]any{"type": "TransformationEvent", "outputEPCList": []any{link(class + "/10/L%32/21/B1?x")}})
	}),
	tale("a lot of another GTIN among the outputs", "good", func(b *tiny) {
		b.event(bottle, 1110, with(made("01/09521141099991/10/L9", juice), "outputEPCList", []any{link(bottle)}))
	}),
	tale("the class among the outputs", "good", func(b *tiny) { b.event(bottle, 1110, with(made(class, juice), "outputEPCList", []any{link(bottle)})) }),
	tale("another lot among the outputs of an event that didn't make it", "good", func(b *tiny) { b.event(bottle, 1110, made(class+"/10/L2", juice)) }),
	tale("another lot among the outputs by its URN, left out", "story", func(b *tiny) {
		body := made("", juice)
		body["outputQuantityList"] = []any{map[string]any{"epcClass": "urn:epc:class:lgtin:9521141.001234.L2"}}
		b.event(bottle, 1110, with(body, "outputEPCList", []any{link(bottle)}))
	}),
	tale("in a list of its lot and nowhere else, the lot's notices left out", "story", func(b *tiny) {
		b.listed(true, bottle)
		b.eventBy(brand, brandKey, 3, 1400, observed(lotL1), lotL1)
		b.hideNotices(lotL1)
	}),
	tale("in a list of its lot and nowhere else, the lot recalled", "recalled", func(b *tiny) {
		b.listed(true, bottle)
		b.eventBy(brand, brandKey, 3, 1400, observed(lotL1), lotL1)
	}),
	tale("in a list of another GTIN's lot, whose notices are left out", "good", func(b *tiny) {
		b.drop(crate)
		l := b.lane(bottle, 0)
		l.Leaves = l.Leaves[:1]
		b.compact()
		b.object(fruit, verify.Licence{Holder: brand, ID: 7})
		b.lane(fruit, 0)
		b.list(fruit, 1060, map[string]any{"type": "ObjectEvent", "action": "OBSERVE"}, "epcList", bottle)
		b.eventBy(brand, brandKey, 3, 1400, observed(fruit), fruit)
		b.hideNotices(fruit)
	}),

	tale("an input by its own number left out", "story", func(b *tiny) {
		b.event(bottle, 1110, map[string]any{"type": "TransformationEvent", "outputEPCList": []any{link(bottle)}, "inputEPCList": []any{link("01/09521141088884/21/F1")}})
	}),
	tale("an input by its own number said to be left out", "omitted", func(b *tiny) {
		b.event(bottle, 1110, map[string]any{"type": "TransformationEvent", "outputEPCList": []any{link(bottle)}, "inputEPCList": []any{link("01/09521141088884/21/F1")}})
		b.p.Omitted = append(b.p.Omitted, verify.OmittedThing{Name: "01/09521141088884/21/F1", Reason: "unknown"})
	}),
	tale("an input in an event of another type left out", "story", func(b *tiny) {
		b.event(bottle, 1110, map[string]any{"type": "ObjectEvent", "outputEPCList": []any{link(bottle)}, "inputQuantityList": []any{map[string]any{"epcClass": link(fruit)}}})
	}),
	tale("inputs without name", "good", func(b *tiny) {
		b.event(bottle, 1110, map[string]any{"outputEPCList": []any{link(bottle)}, "inputEPCList": []any{"water", 1, nil, "urn:epc:id:sgln:9521141.00001.0"},
			"inputQuantityList": []any{map[string]any{"epcClass": "water"}, map[string]any{}, "x", nil, map[string]any{"epcClass": 1}}})
	}),
	tale("inputs of an event that lists it otherwise", "good", func(b *tiny) {
		b.event(bottle, 1110, with(with(made(pulp, fruit), "epcList", []any{link(bottle)}), "action", "ADD"))
	}),
	tale("inputs that are no list", "good", func(b *tiny) {
		b.event(bottle, 1110, map[string]any{"outputEPCList": []any{link(bottle)}, "inputEPCList": link(fruit), "inputQuantityList": map[string]any{"epcClass": link(fruit)}})
	}),

	tale("something said to be left out that the story doesn't need", "good", func(b *tiny) {
		b.p.Omitted = append(b.p.Omitted, verify.OmittedThing{Name: fruit, Reason: "unknown"})
	}),
	tale("something said to be left out that is there", "good", func(b *tiny) {
		b.p.Omitted = append(b.p.Omitted, verify.OmittedThing{Name: crate, Reason: "limit"}, verify.OmittedThing{Name: crate, Reason: "limit"})
	}),
	tale("the subject said to be left out, its notes left out", "story", func(b *tiny) {
		b.p.Omitted = append(b.p.Omitted, verify.OmittedThing{Name: bottle, Reason: "limit"})
		b.dropLane(bottle, 2)
	}),
	tale("the class said to be left out", "story", func(b *tiny) {
		b.drop(class)
		b.p.Omitted = append(b.p.Omitted, verify.OmittedThing{Name: class, Reason: "limit"})
	}),
	tale("a container said to be left out, its object here without lanes", "story", func(b *tiny) {
		b.p.Omitted = append(b.p.Omitted, verify.OmittedThing{Name: crate, Reason: "limit"})
		b.dropLane(crate, 0)
	}),
	tale("an input without its trunk", "story", func(b *tiny) {
		b.dropLane(juice, 0)
		b.lane(juice, 1)
	}),
	tale("the subject without its trunk", "story", func(b *tiny) {
		b.drop(crate)
		b.drop(lotL1)
		b.drop(juice)
		b.dropLane(bottle, 0)
		b.lane(bottle, 1)
	}),
	tale("the trunk of the prefix instead of its notices", "story", func(b *tiny) {
		b.dropLane("prefix", 1)
		b.lane("prefix", 0)
	}),
	tale("the notices of a longer prefix", "story", func(b *tiny) { copy(b.p.Objects[b.objects["prefix"]].Primary[:], "95211410") }),
	tale("the notices of an object like the prefix, with a suffix", "story", func(b *tiny) { b.p.Objects[b.objects["prefix"]].Suffix = verify.Word{1} }),
	tale("a subject without records, licence and prefix", "unlicensed", func(b *tiny) {
		for _, name := range []string{crate, lotL1, juice, "prefix"} {
			b.drop(name)
		}
		b.lane(bottle, 0).Leaves = nil
		b.compact()
		b.p.Objects[0].Licences = nil
	}),

	tale("the lot shown from a checkpoint on", "story", func(b *tiny) { busy(b, lotL1, 64, 1000) }),
	tale("the class shown from a checkpoint on", "story", func(b *tiny) {
		b.p.Objects[b.objects[class]].Licences = licences(verify.Licence{Holder: brand, ID: 7})
		b.lane(class, 0)
		busy(b, class, 64, 1000)
	}),
	tale("the prefix shown from a checkpoint on", "story", func(b *tiny) {
		b.event("prefix", 1000, observed(class))
		b.lane("prefix", 0).From = 64
	}),
	tale("a thing that the story doesn't need, shown from a checkpoint on", "story", func(b *tiny) {
		b.object(fruit, verify.Licence{Holder: brand, ID: 7})
		busy(b, fruit, 64, 1000)
	}),
	tale("notices shown from a checkpoint on", "story", func(b *tiny) {
		b.eventBy(brand, brandKey, 5, 1000, observed(crate), crate)
		b.lane(crate, 1).From = 64
	}),
	tale("the lot shown up to a checkpoint", "story", func(b *tiny) { b.kept(lotL1, 0, 1, 1400+2*sevenDays) }),
	tale("the subject shown up to a checkpoint", "story", func(b *tiny) { b.kept(bottle, 0, 1, 1400+2*sevenDays) }),
	tale("a container's notices shown up to a checkpoint", "story", func(b *tiny) {
		packed(b, "DELETE", 1400)
		b.kept(crate, 1, 5, 1400+2*sevenDays)
	}),
	tale("an input's notices shown up to a checkpoint", "story", func(b *tiny) { b.kept(juice, 1, 5, 1400+2*sevenDays) }),
	tale("the class's notices shown up to a checkpoint", "story", func(b *tiny) {
		b.p.Objects[b.objects[class]].Licences = licences(verify.Licence{Holder: brand, ID: 7})
		b.kept(class, 1, 5, 1400+2*sevenDays)
	}),
	tale("the prefix's notices shown up to a checkpoint", "story", func(b *tiny) { b.kept("prefix", 1, 5, 1400+2*sevenDays) }),
	tale("a thing that the story doesn't need, shown up to a checkpoint", "story", func(b *tiny) {
		b.object(fruit, verify.Licence{Holder: brand, ID: 7})
		b.kept(fruit, 0, 1, 1400+2*sevenDays)
	}),
	tale("a party shown up to a checkpoint", "format", func(b *tiny) { b.kept(b.party(stranger), 0, 1, 1400+2*sevenDays) }),
}

// lotCases are about stories of a lot.
func lotCases(t *testing.T, add func(name, ok, want, at string, trust *verify.Trust, p *verify.Proof)) {
	put := func(name, ok string, body map[string]any) {
		t.Helper()
		b := alone(t, lotL1, 0, gs1Licence())
		b.event(lotL1, 1350, body)
		b.remake(t, b.p)
		add(name, ok, link(lotL1), now, &b.trust, b.p)
	}
	put("some of the lot packed, the container left out", "story", packingLots(barrel, lotL1))
	put("the lot packed as a thing, the container left out", "story", packing(barrel, lotL1))
	put("some of another lot packed", "good", packingLots(barrel, class+"/10/L2"))
	put("some of the lot taken out", "good", with(packingLots(barrel, lotL1), "action", "DELETE"))
	put("some of the lot's class packed", "good", packingLots(barrel, class))
	put("the lot made of an input left out", "story", made(lotL1, fruit))
	put("the lot made of an input left out, listed as a thing", "story", with(made("", fruit), "outputEPCList", []any{link(lotL1)}))
	put("the lot used up", "good", made(pulp, lotL1, fruit))
	put("a lot told of in the lot's making", "good", map[string]any{"type": "ObjectEvent", "action": "ADD", "epcList": []any{link(lotL1)}, "ilmd": map[string]any{"x:lotNumber": "L2"}})
}
