package epcis

import (
	"strings"
)

// vocabulary is one of the lists of the Core Business Vocabulary 2.0.
type vocabulary struct {
	name string // for people
	// web is what stands before the word in its web URI, "https://ref.gs1.org/cbv/BizStep-".
	web string
	// gs1 says that the list is of the GS1 web vocabulary, to which words may be added that CBV 2.0 doesn't have.
	gs1   bool
	words map[string]bool
}

const (
	cbvWeb = "https://ref.gs1.org/cbv/"
	gs1Web = "https://gs1.org/voc/"
)

func words(list string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}

var bizSteps = &vocabulary{name: "business step", web: cbvWeb + "BizStep-", words: words(`
	accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting
	decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting
	installing killing loading other packing picking receiving removing repackaging repairing replacing reserving
	retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing transporting
	unloading unpacking void_shipping`)}

var dispositions = &vocabulary{name: "disposition", web: cbvWeb + "Disp-", words: words(`
	active available completeness_inferred completeness_verified conformant container_closed container_open damaged
	destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class mismatch_instance
	mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other partially_dispensed recalled
	reserved retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable unknown`)}

var transactionTypes = &vocabulary{name: "business transaction type", web: cbvWeb + "BTT-", words: words(`
	bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt`)}

var sourceDestTypes = &vocabulary{name: "source or destination type", web: cbvWeb + "SDT-", words: words(`
	location owning_party possessing_party`)}

var errorReasons = &vocabulary{name: "error reason", web: cbvWeb + "ER-", words: words(`
	did_not_occur incorrect_data`)}

var components = &vocabulary{name: "component", web: cbvWeb + "Comp-", words: words(`
	altitude axial_distance azimuth easting elevation_angle height latitude longitude northing polar_angle
	spherical_radius x y z`)}

var alertTypes = &vocabulary{name: "sensor alert type", web: gs1Web, gs1: true, words: words(`
	ALARM_CONDITION ERROR_CONDITION`)}

var measurementTypes = &vocabulary{name: "measurement type", web: gs1Web, gs1: true, words: words(`
	AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance AmountOfSubstancePerUnitVolume
	Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance Conductance Conductivity Count Density
	Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity ElectricCharge ElectricCurrent
	ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency Illuminance Inductance Irradiance
	KinematicViscosity Length LinearMomentum Luminance LuminousFlux LuminousIntensity MagneticFlux MagneticFluxDensity
	MagneticVectorPotential Mass MassConcentration MassFlowRate MassPerAreaTime MemoryCapacity MolalityOfSolute
	MolarEnergy MolarMass MolarVolume Power Pressure RadiantFlux RadiantIntensity Radioactivity RelativeHumidity
	Resistance Resistivity SolidAngle SpecificVolume Speed SurfaceDensity SurfaceTension Temperature Time Torque Voltage
	Volume VolumeFlowRate VolumeFraction VolumetricFlux Wavenumber`)}

// BizStep is a business step as events keep it, however a query writes it: the bare word of CBV, or the URI of a private
// vocabulary. message is "" if an event can have it.
func BizStep(s string) (normal, message string) { return bizSteps.asked(s) }

// Disposition is the same of a disposition.
func Disposition(s string) (normal, message string) { return dispositions.asked(s) }

// asked reads a value of a query, which may spell words of CBV in all the ways there are.
func (v *vocabulary) asked(s string) (normal, message string) {
	name := strings.TrimPrefix(v.web, cbvWeb) // "BizStep-"
	for _, prefix := range []string{v.web, strings.Replace(v.web, "https:", "http:", 1), "cbv:" + name,
		"urn:epcglobal:cbv:" + strings.ToLower(strings.TrimSuffix(name, "-")) + ":"} {
		if word, ok := strings.CutPrefix(s, prefix); ok {
			s = word
			break
		}
	}
	normal, message = vocabularyValue(v, s, &Context{})
	if strings.HasPrefix(normal, cbvWeb) {
		return "", "is in the namespace of CBV but is no " + v.name + " of CBV 2.0"
	}
	return normal, message
}

// forbidden are the spellings of CBV words that the JSON binding rules out: it writes the bare word.
var forbidden = []string{"urn:epcglobal:cbv", "https://ns.gs1.org/cbv/", "http://ns.gs1.org/cbv/"}
var forbiddenGS1 = []string{"https://gs1.org/voc/", "http://gs1.org/voc/", "https://www.gs1.org/voc/",
	"http://www.gs1.org/voc/"}

// vocabularyValue checks s and returns its normal form; message is "" if s is acceptable.
func vocabularyValue(vocab *vocabulary, s string, ctx *Context) (normal, message string) {
	if vocab.words[s] {
		return s, ""
	}
	colon := strings.IndexByte(s, ':')
	if colon < 0 {
		return "", "is neither a " + vocab.name + " of CBV 2.0 nor a URI"
	}
	banned := forbidden
	if vocab.gs1 {
		banned = forbiddenGS1
	}
	for _, b := range banned {
		if strings.HasPrefix(s, b) {
			word := s[strings.LastIndexAny(s, ":/-")+1:]
			if vocab.words[word] {
				return "", "must be written as the bare word " + word + " in JSON"
			}
			return "", "is in a namespace of GS1 but is no " + vocab.name + " of CBV 2.0"
		}
	}
	full := ctx.Expand(s)
	for _, web := range []string{vocab.web, strings.Replace(vocab.web, "https:", "http:", 1)} {
		if word, ok := strings.CutPrefix(full, web); ok {
			if vocab.words[word] {
				return word, ""
			}
			if !vocab.gs1 {
				return "", "is in the namespace of CBV but is no " + vocab.name + " of CBV 2.0"
			}
		}
	}
	if vocab.gs1 {
		// The web vocabulary has moved house; its words are the same.
		if word, ok := strings.CutPrefix(full, "https://ref.gs1.org/voc/"); ok && vocab.words[word] {
			return word, ""
		}
	}
	return full, ""
}
