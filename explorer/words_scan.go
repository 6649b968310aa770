package explorer

import "strings"

// scanWords are the texts of the scan page's map, readings, certificates, template and counts.
var scanWords = map[string][2]string{
	"map.heading":     {"地点", "Places"},
	"map.label":       {"路线图，共 {n} 处地点，下方列表写明全部内容", "Map of the journey with {n} places; the list below says all it shows"},
	"map.label.one":   {"路线图，共 1 处地点，下方列表写明全部内容", "Map of the journey with 1 place; the list below says all it shows"},
	"map.steps":       {"步骤", "Steps"},
	"map.km":          {"{n} 公里", "{n} km"},
	"map.nowhere":     {"{n} 个步骤没有登记坐标，不在图上。", "{n} steps have no recorded position and aren't on the map."},
	"map.nowhere.one": {"1 个步骤没有登记坐标，不在图上。", "1 step has no recorded position and isn't on the map."},
	"map.lines":       {"实线：这件商品；虚线：原料。直线连接，并非真实路线。", "Solid: the product. Dashed: what it was made of. Straight lines, not roads."},
	"map.data":        {"底图：Natural Earth（公有领域）", "Land: Natural Earth (public domain)"},

	"cold.lowhigh":         {"最低与最高", "Lowest and highest"},
	"cold.outofrange":      {"超出范围的时间", "Time out of limits"},
	"cold.outofrange.no":   {"无", "none"},
	"cold.kinetic":         {"平均动力学温度", "Mean kinetic temperature"},
	"cold.kinetic.how":     {"平均动力学温度按 USP <1079.2> 计算，活化能 {energy} kJ/mol，读数按所代表的时间加权。它不能代替超出范围的时间。", "Mean kinetic temperature after USP <1079.2>, with an activation energy of {energy} kJ/mol; readings weigh the time they speak for. It doesn't replace the time out of limits."},
	"cold.covered":         {"读数覆盖的时间", "Time the readings cover"},
	"cold.table":           {"全部读数（表格）", "All readings, as a table"},
	"cold.table.time":      {"时间", "Time"},
	"cold.table.value":     {"读数", "Reading"},
	"cold.table.where":     {"地点", "Where"},
	"cold.table.state":     {"判定", "Limits"},
	"cold.table.out":       {"超出范围", "outside"},
	"cold.table.in":        {"正常", "within"},
	"cold.table.more":      {"另有 {n} 行，见原始数据", "and {n} more rows, in the data"},
	"cold.table.more.one":  {"另有 1 行，见原始数据", "and 1 more row, in the data"},
	"cold.chart.limit":     {"上限 {max}", "limit {max}"},
	"cold.chart.limit.min": {"下限 {max}", "limit {max}"},

	"claims.heading":          {"证书与检验报告", "Certificates and test reports"},
	"claims.explain":          {"记录中提到的文件，以及每一项凭什么成立。", "The papers that records name, and what each one rests on."},
	"claim.certificate":       {"证书", "Certificate"},
	"claim.report":            {"检验报告", "Test report"},
	"claim.issuer":            {"颁发者", "Issued by"},
	"claim.issuer.none":       {"未记录", "not recorded"},
	"claim.about":             {"关于", "About"},
	"claim.from":              {"有效期自", "Valid from"},
	"claim.to":                {"有效期至", "Valid until"},
	"claim.revoked":           {"已被颁发者撤销", "revoked by its issuer"},
	"grade.verified":          {"第三方签名", "signed by a third party"},
	"grade.document":          {"有文件", "a document is named"},
	"grade.self-declared":     {"自行声明", "self-declared"},
	"grade.verified.how":      {"{party}亲自签名登记，它既不生产这件商品，也不持有其编码。", "{party} signed it itself, and neither makes the goods nor holds their number."},
	"grade.document.how":      {"{party}指出了这份文件；账本没有核对其内容。", "{party} names the document; the ledger hasn't checked what it says."},
	"grade.self-declared.how": {"只有{party}这么说，没有指出文件。", "{party} says so, and names no document."},

	"expected.heading":  {"没有记录什么", "What is not recorded"},
	"expected.sum":      {"{party}为这种商品列出 {n} 个应有的步骤，账本上找到 {found} 个。", "{party} lists {n} steps that this kind of product should have; on record: {found}."},
	"expected.sum.one":  {"{party}为这种商品列出 1 个应有的步骤，账本上找到 {found} 个。", "{party} lists 1 step that this kind of product should have; on record: {found}."},
	"expected.missing":  {"没有记录（也可能还没有发生）：", "Not on record, or not yet happened:"},
	"expected.all":      {"列出的步骤都有记录。", "All of them are on record."},
	"expected.present":  {"已有记录的步骤", "The steps on record"},
	"expected.none":     {"编码的持有者没有说明这种商品应有哪些步骤，所以无法判断缺了什么。", "The holder of this number hasn't said which steps this kind of product should have, so nobody can tell what is missing."},
	"expected.measured": {"{step}，并测量{measures}", "{step}, with {measures}"},
	"expected.input":    {"{step}（原料）", "{step} (ingredients)"},

	"identity.declared": {"{parties}自行声明", "Self-declared by {parties}"},

	"seen.heading":  {"扫码次数", "Scans"},
	"seen.text":     {"在本节点：{scans} 次，{days} 天。", "On this node: {scans} scans on {days} days."},
	"seen.explain":  {"只是粗略的区间，不含任何个人信息。一件商品在很多天被扫了很多次，可能是标签被复制了。", "Rough figures, with no personal data. One pack scanned often on many days may mean that its label was copied."},
	"seen.none":     {"本节点还没有计数。", "None counted on this node yet."},
	"seen.fewer":    {"不到 {n}", "fewer than {n}"},
	"seen.range":    {"{from} 至 {to}", "{from} to {to}"},
	"seen.more":     {"{n} 以上", "{n} or more"},
	"print.address": {"本页地址", "Address of this page"},
	"print.scan":    {"扫码查看最新记录", "Scan for the latest record"},
	"qr.label":      {"本页的二维码", "QR code of this page"},
	"preview.alt":   {"{name}：路线图与编码", "{name}: map of its journey and its code"},
	"colon":         {"：", ": "},
}

// Or joins names of which one is enough: a or b.
func (l Lang) Or(items []string) string {
	if l == ZH {
		return strings.Join(items, "或")
	}
	return strings.Join(items, " or ")
}
