package demo

import (
	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
	"consilium/people"
)

// present leaves something to do on everybody's desk: it belongs to none of the stories.
var present = play{"present", "And this week", "本周待办", 562, presentStory}

func presentStory(s *story) {
	asked(s)
	waiting(s)
}

func consents(s *story, p *person, thread ledger.ThreadID, day int) {
	s.say(p, thread, access.KindConsent, access.ConsentGiven{How: access.Written, Date: s.day(day), Text: "2025-1", Scopes: map[access.Scope]access.Answer{
		access.Consult: access.Granted, access.Images: access.Granted, access.Identity: access.Refused, access.Research: access.Granted}})
}

// asked is a case whose first advice has just arrived.
func asked(s *story) {
	home, far := s.at(harbor), s.at(western)
	lin, gu := home.staff["lin"], far.staff["gu"]
	s.on(0, "09:00")
	id := s.begin(lin, "/cases", map[string]any{"pathway": "hfs-mvd", "sub_specialty": "functional_neurosurgery", "side": "right", "urgency": "routine", "sex": "male", "age": 61,
		"title":   "Hemifacial spasm, right, back three years after a decompression elsewhere",
		"summary": "Free of spasm for two years after microscopic decompression elsewhere, then slowly back. The record of that operation has been asked for.",
		"patient": map[string]any{"name": "潘演示", "latin": "Pan Yanshi (invented)", "local_number": "HC-DEMO-0512", "birth_date": "1965"}})
	consents(s, lin, id, 0)
	s.invites(lin, id, far)
	referral := s.say(lin, id, casebook.KindReferred, casebook.Referred{To: far.id, SubSpecialty: "functional_neurosurgery", Urgency: "routine", NeededBy: s.day(14),
		Question: "Spasm is back: explore again, or botulinum?", Gaps: hfsGaps, GapReason: "First word wanted before he travels here again for the examinations."})
	s.say(gu, id, casebook.KindAccepted, casebook.Accepted{Person: gu.id, Name: gu.name, Role: string(people.Surgeon), By: s.day(4)}, about(referral))
	s.say(gu, id, casebook.KindOpinion, casebook.Opinion{Round: 1, Text: "Before anything else I want to read how they decompressed him, and to see whether the felt has moved.",
		Recommendations: []casebook.Recommendation{
			{ID: "r1", Text: "Record and traces of the first operation", Owner: casebook.Owner{Hospital: home.id, Person: lin.id, Name: lin.name}, Due: s.day(16)},
			{ID: "r2", Text: "MRI with CISS and contrast: felt, granuloma, new vessel", Owner: casebook.Owner{Hospital: home.id, Person: lin.id, Name: lin.name}, Due: s.day(21)}}}, about(referral))
	s.shows(far, "Advice for Dr. Lin: two things to do")
}

// hfsGaps is the whole packet of a spasm's referral: nothing of it is there yet.
var hfsGaps = []string{"anticoagulant", "allergy", "asa", "test_reports", "images", "slides", "consent", "local_means", "side", "spasm_type", "duration_months", "botulinum_times", "prior_mvd",
	"prior_mvd_record", "face_video", "house_brackmann", "cohen", "smc", "hfs7", "mri_sequences", "audiometry"}

// waiting is a referral that nobody has answered yet.
func waiting(s *story) {
	home, far := s.at(snow), s.at(western)
	meng := home.staff["meng"]
	s.on(1, "10:20")
	id := s.begin(meng, "/cases", map[string]any{"pathway": "pelvic-abdominal-tumor", "sub_specialty": "gyn_oncology", "urgency": "soon", "sex": "female", "age": 58,
		"title":   "Ovarian mass, 9 cm, CA-125 raised, after menopause",
		"summary": "体检发现左附件囊实性肿物9 cm，CA-125 186 U/mL，无腹水。",
		"patient": map[string]any{"name": "白演示", "latin": "Bai Yanshi (invented)", "local_number": "SV-DEMO-0530", "birth_date": "1968"}})
	consents(s, meng, id, 1)
	s.invites(meng, id, far)
	s.say(meng, id, casebook.KindReferred, casebook.Referred{To: far.id, SubSpecialty: "gyn_oncology", Urgency: "soon", NeededBy: s.day(10),
		Question: "可否在本院手术，或应转贵院？", Gaps: tumorGaps, GapReason: "增强CT周五完成，先请专家排期。"})
	s.shows(home, "Dr. Meng asks again; nobody has answered yet")
}

var tumorGaps = []string{"anticoagulant", "allergy", "asa", "test_reports", "images", "slides", "consent", "local_means", "symptoms", "weight_loss", "menopause", "wish_children", "family_cancer",
	"chemotherapy", "abandoned_before", "pelvic_exam", "nodes_exam", "effusions", "ecog", "charlson", "albumin", "ultrasound", "ca125", "he4", "cea", "blood_group", "blood_reserve"}
