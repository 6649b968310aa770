package verify_test

// agency registers the stranger as an authority on recalls.
func (b *tiny) agency() { b.register(stranger, "Agency", strangerKey, recall) }

// liftCases are about who may end whose recall. The agency is the stranger.
var liftCases = []storyCase{
	{name: "an authority's recall, lifted by the holder", ok: "recalled", change: func(b *tiny) {
		b.agency()
		b.by(stranger, 3, 1400, bottle)
		b.by(brand, 4, 1500, bottle)
	}},
	{name: "an authority's recall, lifted by itself", ok: "good", change: func(b *tiny) {
		b.agency()
		b.by(stranger, 3, 1400, bottle)
		b.by(stranger, 4, 1500, bottle)
	}},
	{name: "an authority's recall, lifted by the holder and then by itself", ok: "good", change: func(b *tiny) {
		b.agency()
		b.by(stranger, 3, 1400, bottle)
		b.by(brand, 4, 1500, bottle)
		b.by(stranger, 4, 1600, bottle)
	}},
	{name: "an authority's recall, lifted by another authority", ok: "good", change: func(b *tiny) {
		b.agency()
		b.register(buyer, "Other agency", buyerKey, recall)
		b.by(stranger, 3, 1400, bottle)
		b.by(buyer, 4, 1500, bottle)
	}},
	{name: "an authority's recall, lifted by an authority for certificates", ok: "licences", change: func(b *tiny) {
		b.agency()
		b.register(buyer, "Other agency", buyerKey, certify)
		b.by(stranger, 3, 1400, bottle)
		b.by(buyer, 4, 1500, bottle)
	}},
	{name: "an authority's recall, lifted by the holder, an authority for certificates", ok: "recalled", change: func(b *tiny) {
		b.agency()
		b.record(b.party(brand), 950, 8, brand, partyRecord("Brand", 0, certify))
		b.by(stranger, 3, 1400, bottle)
		b.by(brand, 4, 1500, bottle)
	}},
	{name: "an authority's recall, lifted by the holder, an authority for recalls", ok: "good", change: func(b *tiny) {
		b.agency()
		b.record(b.party(brand), 950, 8, brand, partyRecord("Brand", 0, recall))
		b.by(stranger, 3, 1400, bottle)
		b.by(brand, 4, 1500, bottle)
	}},
	{name: "an authority's recall, lifted by the holder in the second in which it became an authority", ok: "good", change: func(b *tiny) {
		b.agency()
		b.record(b.party(brand), 1500, 8, brand, partyRecord("Brand", 0, recall))
		b.by(stranger, 3, 1400, bottle)
		b.by(brand, 4, 1500, bottle)
	}},
	{name: "an authority's recall, lifted by the holder before it became an authority", ok: "recalled", change: func(b *tiny) {
		b.agency()
		b.record(b.party(brand), 1501, 8, brand, partyRecord("Brand", 0, recall))
		b.by(stranger, 3, 1400, bottle)
		b.by(brand, 4, 1500, bottle)
	}},
	{name: "the recall of an authority that is one no more, lifted by the holder", ok: "recalled", change: func(b *tiny) {
		b.agency()
		b.record(b.party(stranger), 1450, 8, stranger, partyRecord("Agency", 0, 0))
		b.by(stranger, 3, 1400, bottle)
		b.by(brand, 4, 1500, bottle)
	}},
	{name: "the holder's recall, lifted by an authority", ok: "good", change: func(b *tiny) {
		b.agency()
		b.by(brand, 3, 1400, bottle)
		b.by(stranger, 4, 1500, bottle)
	}},
	{name: "recalled by the holder and an authority, lifted by the holder", ok: "recalled", change: func(b *tiny) {
		b.agency()
		b.by(brand, 3, 1400, bottle)
		b.by(stranger, 3, 1410, bottle)
		b.by(brand, 4, 1500, bottle)
	}},
	{name: "recalled by the holder and an authority, lifted by the authority", ok: "good", change: func(b *tiny) {
		b.agency()
		b.by(brand, 3, 1400, bottle)
		b.by(stranger, 3, 1410, bottle)
		b.by(stranger, 4, 1500, bottle)
	}},
	{name: "lifted by an authority and recalled by the holder again", ok: "recalled", change: func(b *tiny) {
		b.agency()
		b.by(brand, 3, 1400, bottle)
		b.by(stranger, 4, 1500, bottle)
		b.by(brand, 3, 1600, bottle)
	}},
	{name: "an authority's recall of the whole prefix, lifted by the holder", ok: "recalled", change: func(b *tiny) {
		b.agency()
		b.by(stranger, 3, 1400, "prefix")
		b.by(brand, 4, 1500, "prefix")
	}},
	{name: "an authority's recall, its lift on another lane", ok: "recalled", change: func(b *tiny) {
		b.agency()
		b.by(stranger, 3, 1400, bottle)
		b.by(stranger, 4, 1500, lotL1)
	}},
	{name: "a passed prefix, the old holder's recall lifted by the new one", ok: "good", change: func(b *tiny) {
		b.by(brand, 3, 1320, bottle)
		b.pass("9521141")
		b.by(buyer, 4, 1400, bottle)
	}},
	{name: "a passed prefix, the recall of the old holder, an authority, lifted by the new one", ok: "recalled", change: func(b *tiny) {
		b.record(b.party(brand), 950, 8, brand, partyRecord("Brand", 0, recall))
		b.by(brand, 3, 1320, bottle)
		b.pass("9521141")
		b.by(buyer, 4, 1400, bottle)
	}},
}
