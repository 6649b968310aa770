package epcis

import (
	"time"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

type fieldTable = map[string]func(*checker, *Value)

// epcs checks a list of single things.
func (c *checker) epcs(v *Value, unique bool) (out []gs1.ID) {
	c.array(v, func(item *Value) { out = append(out, c.instance(item)) })
	if unique {
		c.unique(v)
	}
	return out
}

func (c *checker) quantities(v *Value) (out []Quantity) {
	c.array(v, func(item *Value) {
		var q Quantity
		c.object(item, fieldTable{
			"epcClass": func(c *checker, v *Value) { q.Class = c.class(v) },
			"quantity": func(c *checker, v *Value) { q.Quantity = c.notNegative(v) },
			"uom":      func(c *checker, v *Value) { q.UOM = c.unit(v) },
		}, true)
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

func (c *checker) place(v *Value) (id gs1.ID) {
	c.object(v, fieldTable{"id": func(c *checker, v *Value) { id = c.identifier(v) }}, false)
	if v.Kind() == Object && v.Get("id") == nil {
		c.missing("id")
	}
	return id
}

func (c *checker) bizTransactions(e *Event, v *Value) {
	c.array(v, func(item *Value) {
		var t BizTransaction
		c.object(item, fieldTable{
			"type":           func(c *checker, v *Value) { t.Type = c.vocab(v, transactionTypes) },
			"bizTransaction": func(c *checker, v *Value) { t.ID = c.uri(v) },
		}, true)
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

func (c *checker) sensorElements(e *Event, v *Value) {
	c.array(v, func(item *Value) {
		var s SensorElement
		s.Fields = c.object(item, fieldTable{
			"sensorMetadata": func(c *checker, v *Value) { s.Metadata = c.sensorMetadata(v) },
			"sensorReport": func(c *checker, v *Value) {
				c.array(v, func(item *Value) { s.Reports = append(s.Reports, c.sensorReport(item)) })
				c.notEmpty(v)
			},
		}, false)
		if item.kind == Object && item.Get("sensorReport") == nil {
			c.missing("sensorReport")
		}
		e.SensorElements = append(e.SensorElements, s)
	})
}

func (c *checker) sensorMetadata(v *Value) (m SensorMetadata) {
	m.Fields = c.object(v, fieldTable{
		"time":                 setTime(&m.Time),
		"startTime":            setTime(&m.StartTime),
		"endTime":              setTime(&m.EndTime),
		"deviceID":             setURI(&m.DeviceID),
		"deviceMetadata":       setURI(&m.DeviceMetadata),
		"rawData":              setURI(&m.RawData),
		"dataProcessingMethod": setURI(&m.DataProcessingMethod),
		"bizRules":             setURI(&m.BizRules),
	}, false)
	if !m.StartTime.IsZero() && !m.EndTime.IsZero() && m.EndTime.Before(m.StartTime) {
		c.in("endTime", func() { c.fault(RuleRange, v.Get("endTime"), "must not be before startTime") })
	}
	return m
}

func (c *checker) sensorReport(v *Value) (r SensorReport) {
	r.Fields = c.object(v, fieldTable{
		"type":                      func(c *checker, v *Value) { r.Type = c.vocab(v, measurementTypes) },
		"exception":                 func(c *checker, v *Value) { r.Exception = c.vocab(v, alertTypes) },
		"component":                 func(c *checker, v *Value) { r.Component = c.vocab(v, components) },
		"time":                      setTime(&r.Time),
		"deviceID":                  setURI(&r.DeviceID),
		"deviceMetadata":            setURI(&r.DeviceMetadata),
		"rawData":                   setURI(&r.RawData),
		"dataProcessingMethod":      setURI(&r.DataProcessingMethod),
		"bizRules":                  setURI(&r.BizRules),
		"microorganism":             setURI(&r.Microorganism),
		"chemicalSubstance":         setURI(&r.ChemicalSubstance),
		"coordinateReferenceSystem": setURI(&r.CoordinateReferenceSystem),
		"uriValue":                  setURI(&r.URIValue),
		"value":                     setNumber(&r.Value),
		"minValue":                  setNumber(&r.MinValue),
		"maxValue":                  setNumber(&r.MaxValue),
		"meanValue":                 setNumber(&r.MeanValue),
		"percValue":                 setNumber(&r.PercValue),
		"percRank":                  func(c *checker, v *Value) { r.PercRank = c.notNegative(v) },
		"sDev":                      func(c *checker, v *Value) { r.SDev = c.notNegative(v) },
		"uom":                       func(c *checker, v *Value) { r.UOM = c.unit(v) },
		"stringValue": func(c *checker, v *Value) {
			c.is(v, String)
			r.StringValue = v.Text()
		},
		"booleanValue": func(c *checker, v *Value) {
			if c.is(v, Bool) {
				b := v.text == "true"
				r.BooleanValue = &b
			}
		},
		"hexBinaryValue": func(c *checker, v *Value) {
			if c.is(v, String) && !hexadecimal(v.text) {
				c.fault(RuleFormat, v, "must be hexadecimal digits")
			}
			r.HexBinaryValue = v.Text()
		},
	}, false)
	if v.Kind() == Object && v.Get("type") == nil {
		c.missing("type")
	}
	return r
}

func setTime(into *time.Time) func(*checker, *Value) {
	return func(c *checker, v *Value) { *into = c.time(v) }
}

func setURI(into *string) func(*checker, *Value) {
	return func(c *checker, v *Value) { *into = c.uri(v) }
}

func setNumber(into *string) func(*checker, *Value) {
	return func(c *checker, v *Value) { *into = c.number(v) }
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
