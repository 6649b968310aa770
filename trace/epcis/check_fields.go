package epcis

import "github.com/suyuan-ledger/suyuan/trace/gs1"

type fieldTable = map[string]func(*checker, *Value)

// fields are the checks of an object's fields, each of which fills in its part of a T.
type fields[T any] map[string]func(*checker, *T, *Value)

func (f fields[T]) find(name string) func(*checker, *T, *Value) { return f[name] }

// epcs checks a list of single things.
func (c *checker) epcs(v *Value, unique bool) (out []gs1.ID) {
	out = make([]gs1.ID, 0, len(v.Items()))
	c.array(v, func(item *Value) { out = append(out, c.instance(item)) })
	if unique {
		c.unique(v)
	}
	return out
}

var quantityFields = fields[Quantity]{
	"epcClass": func(c *checker, q *Quantity, v *Value) { q.Class = c.class(v) },
	"quantity": func(c *checker, q *Quantity, v *Value) { q.Quantity = c.notNegative(v) },
	"uom":      func(c *checker, q *Quantity, v *Value) { q.UOM = c.unit(v) },
}

func (c *checker) quantities(v *Value) (out []Quantity) {
	c.array(v, func(item *Value) {
		var q Quantity
		fill(c, item, &q, quantityFields.find, true)
		if item.kind != Object {
			return
		}
		if item.Get("epcClass") == nil {
			c.missing("epcClass")
		}
		if x := item.Get("uom"); x != nil && item.Get("quantity") == nil {
			c.in("uom", func() { c.fault(RuleNotAllowed, x, "a unit of measure needs a quantity") })
		}
		out = append(out, q)
	})
	return out
}

// unit checks the form of a UN/CEFACT Recommendation 20 code.
func (c *checker) unit(v *Value) string {
	if !c.is(v, String) {
		return ""
	}
	ok := len(v.text) == 2 || len(v.text) == 3
	for i := 0; i < len(v.text); i++ {
		ok = ok && (v.text[i] >= 'A' && v.text[i] <= 'Z' || v.text[i] >= '0' && v.text[i] <= '9')
	}
	if !ok {
		c.fault(RuleFormat, v, "must be a unit code of UN/CEFACT Recommendation 20, like KGM or CEL")
	}
	return v.text
}

var placeFields = fields[gs1.ID]{"id": func(c *checker, id *gs1.ID, v *Value) { *id = c.identifier(v) }}

func (c *checker) place(v *Value) (id gs1.ID) {
	fill(c, v, &id, placeFields.find, false)
	if v.Kind() == Object && v.Get("id") == nil {
		c.missing("id")
	}
	return id
}

var bizTransactionFields = fields[BizTransaction]{
	"type":           func(c *checker, t *BizTransaction, v *Value) { t.Type = c.vocab(v, transactionTypes) },
	"bizTransaction": func(c *checker, t *BizTransaction, v *Value) { t.ID = c.uri(v) },
}

func (c *checker) bizTransactions(e *Event, v *Value) {
	c.array(v, func(item *Value) {
		var t BizTransaction
		fill(c, item, &t, bizTransactionFields.find, true)
		if item.kind == Object && item.Get("bizTransaction") == nil {
			c.missing("bizTransaction")
		}
		e.BizTransactions = append(e.BizTransactions, t)
	})
}

func (c *checker) sourceDests(v *Value, name string) (out []SourceDest) {
	c.array(v, func(item *Value) {
		var s SourceDest
		c.object(item, fieldTable{
			"type": func(c *checker, v *Value) { s.Type = c.vocab(v, sourceDestTypes) },
			name:   func(c *checker, v *Value) { s.ID = c.identifier(v) },
		}, true)
		for _, f := range []string{"type", name} {
			if item.kind == Object && item.Get(f) == nil {
				c.missing(f)
			}
		}
		out = append(out, s)
	})
	return out
}

func (c *checker) persistentDisposition(e *Event, v *Value) {
	list := func(into *[]string) func(*checker, *Value) {
		return func(c *checker, v *Value) {
			c.array(v, func(item *Value) { *into = append(*into, c.vocab(item, dispositions)) })
			c.notEmpty(v)
			c.unique(v)
		}
	}
	c.object(v, fieldTable{
		"set":   list(&e.PersistentDisposition.Set),
		"unset": list(&e.PersistentDisposition.Unset),
	}, true)
	if v.Kind() == Object && v.Get("set") == nil && v.Get("unset") == nil {
		c.fault(RuleRequired, nil, "a persistentDisposition needs set or unset")
	}
}

func (c *checker) certificationInfo(e *Event, v *Value) {
	if v.Kind() == Array {
		c.array(v, func(item *Value) { e.CertificationInfo = append(e.CertificationInfo, c.uri(item)) })
		return
	}
	e.CertificationInfo = []string{c.uri(v)}
}

func (c *checker) errorDeclaration(e *Event, v *Value) {
	d := &ErrorDeclaration{}
	d.Fields = c.object(v, fieldTable{
		"declarationTime": func(c *checker, v *Value) { d.DeclarationTime = c.time(v) },
		"reason":          func(c *checker, v *Value) { d.Reason = c.vocab(v, errorReasons) },
		"correctiveEventIDs": func(c *checker, v *Value) {
			c.array(v, func(item *Value) { d.CorrectiveEventIDs = append(d.CorrectiveEventIDs, c.uri(item)) })
		},
	}, false)
	if v.Kind() == Object && v.Get("declarationTime") == nil {
		c.missing("declarationTime")
	}
	e.ErrorDeclaration = d
}

func (c *checker) ilmd(e *Event, v *Value) {
	e.ILMD = c.object(v, nil, false)
}

var sensorElementFields = fields[SensorElement]{
	"sensorMetadata": func(c *checker, s *SensorElement, v *Value) { s.Metadata = c.sensorMetadata(v) },
	"sensorReport": func(c *checker, s *SensorElement, v *Value) {
		s.Reports = make([]SensorReport, 0, len(v.Items()))
		c.array(v, func(item *Value) { s.Reports = append(s.Reports, c.sensorReport(item)) })
		c.notEmpty(v)
	},
}

func (c *checker) sensorElements(e *Event, v *Value) {
	c.array(v, func(item *Value) {
		var s SensorElement
		s.Fields = fill(c, item, &s, sensorElementFields.find, false)
		if item.kind == Object && item.Get("sensorReport") == nil {
			c.missing("sensorReport")
		}
		e.SensorElements = append(e.SensorElements, s)
	})
}

var sensorMetadataFields = fields[SensorMetadata]{
	"time":                 func(c *checker, m *SensorMetadata, v *Value) { m.Time = c.time(v) },
	"startTime":            func(c *checker, m *SensorMetadata, v *Value) { m.StartTime = c.time(v) },
	"endTime":              func(c *checker, m *SensorMetadata, v *Value) { m.EndTime = c.time(v) },
	"deviceID":             func(c *checker, m *SensorMetadata, v *Value) { m.DeviceID = c.uri(v) },
	"deviceMetadata":       func(c *checker, m *SensorMetadata, v *Value) { m.DeviceMetadata = c.uri(v) },
	"rawData":              func(c *checker, m *SensorMetadata, v *Value) { m.RawData = c.uri(v) },
	"dataProcessingMethod": func(c *checker, m *SensorMetadata, v *Value) { m.DataProcessingMethod = c.uri(v) },
	"bizRules":             func(c *checker, m *SensorMetadata, v *Value) { m.BizRules = c.uri(v) },
}

func (c *checker) sensorMetadata(v *Value) (m SensorMetadata) {
	m.Fields = fill(c, v, &m, sensorMetadataFields.find, false)
	if !m.StartTime.IsZero() && !m.EndTime.IsZero() && m.EndTime.Before(m.StartTime) {
		c.in("endTime", func() { c.fault(RuleRange, v.Get("endTime"), "must not be before startTime") })
	}
	return m
}

var sensorReportFields = fields[SensorReport]{
	"type":                      func(c *checker, r *SensorReport, v *Value) { r.Type = c.vocab(v, measurementTypes) },
	"exception":                 func(c *checker, r *SensorReport, v *Value) { r.Exception = c.vocab(v, alertTypes) },
	"component":                 func(c *checker, r *SensorReport, v *Value) { r.Component = c.vocab(v, components) },
	"time":                      func(c *checker, r *SensorReport, v *Value) { r.Time = c.time(v) },
	"deviceID":                  func(c *checker, r *SensorReport, v *Value) { r.DeviceID = c.uri(v) },
	"deviceMetadata":            func(c *checker, r *SensorReport, v *Value) { r.DeviceMetadata = c.uri(v) },
	"rawData":                   func(c *checker, r *SensorReport, v *Value) { r.RawData = c.uri(v) },
	"dataProcessingMethod":      func(c *checker, r *SensorReport, v *Value) { r.DataProcessingMethod = c.uri(v) },
	"bizRules":                  func(c *checker, r *SensorReport, v *Value) { r.BizRules = c.uri(v) },
	"microorganism":             func(c *checker, r *SensorReport, v *Value) { r.Microorganism = c.uri(v) },
	"chemicalSubstance":         func(c *checker, r *SensorReport, v *Value) { r.ChemicalSubstance = c.uri(v) },
	"coordinateReferenceSystem": func(c *checker, r *SensorReport, v *Value) { r.CoordinateReferenceSystem = c.uri(v) },
	"uriValue":                  func(c *checker, r *SensorReport, v *Value) { r.URIValue = c.uri(v) },
	"value":                     func(c *checker, r *SensorReport, v *Value) { r.Value = c.number(v) },
	"minValue":                  func(c *checker, r *SensorReport, v *Value) { r.MinValue = c.number(v) },
	"maxValue":                  func(c *checker, r *SensorReport, v *Value) { r.MaxValue = c.number(v) },
	"meanValue":                 func(c *checker, r *SensorReport, v *Value) { r.MeanValue = c.number(v) },
	"percValue":                 func(c *checker, r *SensorReport, v *Value) { r.PercValue = c.number(v) },
	"percRank":                  func(c *checker, r *SensorReport, v *Value) { r.PercRank = c.notNegative(v) },
	"sDev":                      func(c *checker, r *SensorReport, v *Value) { r.SDev = c.notNegative(v) },
	"uom":                       func(c *checker, r *SensorReport, v *Value) { r.UOM = c.unit(v) },
	"stringValue": func(c *checker, r *SensorReport, v *Value) {
		c.is(v, String)
		r.StringValue = v.Text()
	},
	"booleanValue": func(c *checker, r *SensorReport, v *Value) {
		if c.is(v, Bool) {
			b := v.text == "true"
			r.BooleanValue = &b
		}
	},
	"hexBinaryValue": func(c *checker, r *SensorReport, v *Value) {
		if c.is(v, String) && !hexadecimal(v.text) {
			c.fault(RuleFormat, v, "must be hexadecimal digits")
		}
		r.HexBinaryValue = v.Text()
	},
}

func (c *checker) sensorReport(v *Value) (r SensorReport) {
	r.Fields = fill(c, v, &r, sensorReportFields.find, false)
	if v.Kind() == Object && v.Get("type") == nil {
		c.missing("type")
	}
	return r
}

func hexadecimal(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i] | 0x20
		if !(s[i] >= '0' && s[i] <= '9' || c >= 'a' && c <= 'f') {
			return false
		}
	}
	return s != ""
}
