package demo

import (
	"fmt"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
)

// specialistStory: a boy of thirteen is sent to an orthopedic center, which routes him inside to who may operate on him.
func specialistStory(s *story) {
	p := &specialist{story: s, home: s.at(harbor), center: s.at(riverbend)}
	p.sun, p.he = p.home.staff["sun"], p.home.staff["he"]
	p.ye, p.song, p.cheng, p.rao = p.center.staff["ye"], p.center.staff["song"], p.center.staff["cheng"], p.center.staff["rao"]
	p.refer()
	p.route()
	p.operate()
}

// specialist is the third story while it is told.
type specialist struct {
	*story
	home, center         *hospital
	sun, he              *person // the neurologist who saw the boy, and the coordinator there
	ye, song, cheng, rao *person // admission, head, the endoscopic surgeon and the trainee of the center
	id                   ledger.ThreadID
	signed               ledger.Hash
}

const specialistDay = 9 // the operation: a Wednesday

// referred is a referral with what is known of the boy. The same packet goes to the center and, inside it, to who operates.
func (p *specialist) referred(more casebook.Referred) casebook.Referred {
	more.To, more.Urgency, more.NeededBy, more.Form = p.center.id, "soon", p.day(5), "referral"
	more.Gaps, more.GapReason = []string{"films"}, "No flexion and extension films of a child before the specialist asks for them (radiation)."
	more.Values = answers(map[string]any{"question": more.Question, "urgency": "soon", "needed_by": p.day(5), "wish": "His parents fear a scar and a fusion; he wants to play again.",
		"age": 13, "sex": "male", "height": "162.0", "weight": "50.5", "record_summary": "Thirteen years, left sciatica for ten weeks after a fall at basketball; treatment without operation has failed.",
		"asa": "I", "charlson_one": []string{}, "charlson_two": []string{}, "charlson_liver": false, "charlson_six": []string{}, "smoking": "never", "anticoagulant": false, "drugs": "Ibuprofen as needed",
		"allergy": "None known", "hemoglobin": "142", "crp": "1.0", "coagulation": "INR 1.0, platelets 240", "prior_operation": false, "abandoned_before": false, "local_means": []string{"icu", "devices"},
		"local_means_note": "No spine endoscopy here.", "side": "left", "disc_level": "l4_5", "symptom_weeks": 10, "treatment_tried": []string{"rest", "physio"}, "bladder_signs": false,
		"motor_falling": false, "work": "School; has missed six weeks"})
	return more
}

func (p *specialist) refer() {
	p.on(0, "10:00")
	p.id = p.begin(p.sun, "/cases", map[string]any{
		"pathway": "lumbar-disc-endoscopic", "title": "Lumbar disc herniation L4/5, left, in a boy of thirteen", "side": "left", "urgency": "soon", "sex": "male", "age": 13,
		"summary": "Left sciatica for ten weeks. Straight leg raise 25 degrees, big toe slightly weak. Cannot sit through a lesson.",
		"patient": map[string]any{"name": "小林演示", "latin": "Xiaolin Yanshi (invented)", "local_number": "HC-DEMO-0388", "birth_date": "2013"},
	})
	p.shows(p.home, "Dr. Sun opens a case: disc herniation L4/5, 13 y")
	p.say(p.sun, p.id, access.KindConsent, access.ConsentGiven{How: access.Guardian, Date: p.day(0), Text: "2025-1", Scopes: map[access.Scope]access.Answer{
		access.Consult: access.Granted, access.Images: access.Granted, access.Identity: access.Refused, access.Teaching: access.Refused, access.Research: access.Granted}})
	p.say(p.sun, p.id, casebook.KindFinding, casebook.Finding{Holds: []string{"consent", "report"}, Note: "Consent of both parents; the boy agrees. Blood tests normal."},
		with(p.paper(p.sun, "Consent form", "Consent of the parents and assent of the child."), p.paper(p.sun, "Blood tests", "Blood count, coagulation and CRP normal.")))
	p.shows(p.home, "His parents agree, and so does he")
	odi := map[string]any{"motor": 4, "motor_muscle": "Extensor hallucis longus, left", "sensation": "Less on the back of the left foot", "reflexes": "Equal", "slr": 25,
		"femoral_stretch": "negative", "bladder_signs": false, "nrs_leg": 8, "nrs_back": 3}
	for i, n := range []int{3, 2, 3, 2, 4, 2, 2, 3, 3, 3} {
		odi[fmt.Sprintf("odi_%d", i+1)] = n
	}
	p.say(p.sun, p.id, casebook.KindFollowUp, casebook.FollowUp{Schedule: "baseline", Date: p.day(0), Form: "examination", Values: answers(odi)})
	whose := sitter{"XIAOLIN^YANSHI", "HC-DEMO-0388", "M", "2013"}
	images := []ledger.BlobRef{p.dicom(p.sun, whose, "MR_small_RLE.dcm", "MR, sagittal", p.day(0)), p.dicom(p.sun, whose, "693_J2KI.dcm", "CT, axial, JPEG 2000", p.day(0))}
	p.say(p.sun, p.id, casebook.KindImaging, casebook.Imaging{Modality: "mr", Date: p.day(0), Deidentified: true, Count: 1, Holds: []string{"dicom", "mri"},
		Description: "Lumbar MRI: sagittal T1 and T2, axial T2 (a sample image stands in)."}, with(images[0]))
	p.say(p.sun, p.id, casebook.KindImaging, casebook.Imaging{Modality: "ct", Date: p.day(0), Deidentified: true, Count: 1, Holds: []string{"ct"},
		Description: "CT through L4/5: no ossification (a sample image stands in)."}, with(images[1]))
	p.say(p.sun, p.id, casebook.KindFinding, casebook.Finding{Form: "imaging", Values: answers(map[string]any{"imaging_modality": "mr", "imaging_date": p.day(0), "imaging_quality": "good",
		"imaging_report": "Herniation L4/5 left, subarticular, pressing on the root of L5; ring apophysis intact.", "disc_level": "l4_5", "side": "left", "herniation_zone": "subarticular",
		"msu_size": 2, "msu_place": "B", "migration": "down", "sequestered": false, "calcified": false, "pfirrmann": 3, "modic": "0", "iliac_crest": "below_l4_5"})})
	p.shows(p.home, "Examination (ODI 54), MRI and CT")
	p.on(1, "09:00")
	p.invites(p.sun, p.id, p.center)
	referral := p.say(p.sun, p.id, casebook.KindReferred, p.referred(casebook.Referred{Question: "Who at your center should see this boy? Does he need an operation?"}))
	p.shows(p.home, "Refers to Riverbend; films are missing, and why")
	p.say(p.ye, p.id, casebook.KindAccepted, casebook.Accepted{Role: "head_of_department", By: p.day(3), Note: "Bed from Wednesday. The case comes with him."}, about(referral))
	p.arrives(p.ye, images...)
	offer := p.say(p.he, p.id, ledger.KindStewardOffered, ledger.StewardOffer{Hospital: p.center.id, Reason: "admitted_there"})
	accepted := p.say(p.ye, p.id, ledger.KindStewardAccepted, ledger.None{}, about(offer))
	p.say(p.he, p.id, ledger.KindStewardConfirmed, ledger.None{}, about(accepted))
	p.shows(p.center, "Admitted; custody offered, accepted, confirmed")
}

// route asks the pack where the boy belongs, and the hospital who there may operate on him.
func (p *specialist) route() {
	p.on(2, "08:30")
	if p.err != nil {
		return
	}
	if p.err = p.has(p.ctx, p.center, p.id, p.newest[p.id]); p.err != nil {
		return
	}
	var routes struct {
		Items []struct {
			Rule         string
			SubSpecialty string `json:"sub_specialty"`
			Name, Reason struct{ En string }
			Surgeons     []struct{ Person, Name string }
		}
	}
	if p.err = p.song.get(p.ctx, "/cases/"+p.id.String()+"/route", &routes); p.err != nil {
		return
	}
	if len(routes.Items) == 0 || len(routes.Items[0].Surgeons) == 0 {
		p.err = fmt.Errorf("the pack routes him nowhere, or nobody there may operate: %+v", routes.Items)
		return
	}
	first := routes.Items[0]
	p.shows(p.center, "Routed: %s", first.Name.En)
	p.shows(p.center, "  because: child with disc herniation")
	p.shows(p.center, "  %s holds the privilege", first.Surgeons[0].Name)
	if first.Surgeons[0].Person != string(p.cheng.id) || len(first.Surgeons) != 1 {
		p.err = fmt.Errorf("routed to %+v", first.Surgeons)
		return
	}
	referral := p.say(p.song, p.id, casebook.KindReferred, p.referred(casebook.Referred{SubSpecialty: first.SubSpecialty, Person: p.cheng.id, PersonName: p.cheng.name,
		Question: "Thirteen years, L4/5 left, ten weeks. Transforaminal under local anesthesia, or wait?"}))
	p.say(p.cheng, p.id, casebook.KindAccepted, casebook.Accepted{Person: p.cheng.id, Name: p.cheng.name, By: p.day(2)}, about(referral))
	p.on(2, "15:10")
	p.say(p.cheng, p.id, casebook.KindOpinion, casebook.Opinion{Round: 1, Form: "opinion",
		Text: "Ten weeks, a weak toe and an ODI of 54: operate. Transforaminal under local anesthesia spares muscle and bone, and he can tell us what the root feels. No films needed.",
		Values: answers(map[string]any{"opinion": "Transforaminal endoscopic discectomy under local anesthesia.", "diagnosis": "Lumbar disc herniation L4/5 left", "operate_advice": "operate",
			"advised_procedure": "pted", "advice_place": "home", "risks_seen": "Recurrence; the growing disc", "approach": "outside_in", "anesthesia": "local", "foraminoplasty": false})}, about(referral))
	p.shows(p.center, "Dr. Cheng: operate, transforaminal, local anesthesia")
	p.on(4, "10:00")
	plan := p.say(p.cheng, p.id, casebook.KindPlan, casebook.Plan{Version: 1, Title: "Transforaminal endoscopic discectomy L4/5 left, local anesthesia", Form: "plan",
		Guidance: "none", Operator: casebook.Owner{Hospital: p.center.id, Person: p.cheng.id, Name: p.cheng.name}, Signers: []ledger.HospitalID{p.center.id},
		Steps: []casebook.PlannedStep{{Step: "level_check"}, {Step: "puncture"}, {Step: "working_tube"}, {Step: "removal", Text: "Fragment only, no nucleus"}, {Step: "root_check"}, {Step: "annulus"}},
		Values: answers(map[string]any{"procedure": "pted", "side": "left", "surgical_level": 3, "goal": "Free root of L5, disc kept", "anesthesia": "local", "position": "Prone",
			"key_risks": "Root: he is awake and answers. Child: least fluoroscopy, thyroid and gonads covered.", "expected_loss": 10, "stop_rule": "Pain that does not settle: general anesthesia",
			"guidance_mode": "none", "operator_role": "local", "disc_level": "l4_5", "approach": "outside_in", "foraminoplasty": false})})
	p.say(p.cheng, p.id, casebook.KindPlanSigned, casebook.PlanSigned{Meaning: "approve"}, about(plan))
	p.say(p.ye, p.id, casebook.KindScheduled, casebook.Scheduled{Date: p.time(specialistDay, "10:00"), Hospital: p.center.id, Place: "Theater 6", Procedure: "pted",
		Operator: casebook.Owner{Hospital: p.center.id, Person: p.cheng.id, Name: p.cheng.name}})
	p.shows(p.center, "Plan signed; day and theater fixed")
	p.signed = plan
}

func (p *specialist) operate() {
	p.checks(p.cheng, p.id, specialistDay, "09:40", "10:05", "11:00")
	p.on(specialistDay, "11:30")
	p.say(p.cheng, p.id, casebook.KindOperation, casebook.Operation{Date: p.time(specialistDay, "10:05"), Procedure: "pted", Form: "operation", Guidance: "none",
		Operator: casebook.Owner{Hospital: p.center.id, Person: p.cheng.id, Name: p.cheng.name}, Assistants: []casebook.Owner{{Hospital: p.center.id, Person: p.rao.id, Name: p.rao.name}},
		Steps: []casebook.StepDone{{Step: "level_check", Done: "planned", By: p.rao.id, Name: p.rao.name, Entrustment: 4}, {Step: "puncture", Done: "planned", By: p.rao.id, Name: p.rao.name, Entrustment: 2},
			{Step: "working_tube", Done: "planned"}, {Step: "removal", Done: "planned"}, {Step: "root_check", Done: "planned"}, {Step: "annulus", Done: "planned"}},
		Values: answers(map[string]any{"sign_in": p.time(specialistDay, "09:40"), "time_out": p.time(specialistDay, "10:05"), "sign_out": p.time(specialistDay, "11:00"), "incision_at": p.time(specialistDay, "10:10"),
			"procedure": "pted", "side": "left", "surgical_level": 3, "minimally_invasive": true, "anesthesia": "local", "position": "Prone", "skin_to_skin": 42, "plan_followed": "fully",
			"guidance_mode": "none", "operator_role": "local", "operator_case_number": 184, "trainee_part": "assisted", "zwisch": 2, "blood_loss": 10, "blood_loss_method": "estimated", "transfused": 0,
			"intraop_event": []string{}, "findings": "Soft fragment under the root of L5.", "operation_note": "Talked with him throughout; leg pain gone on the table.",
			"disc_level": "l4_5", "approach": "outside_in", "foraminoplasty": false, "awake_answer": true, "puncture_attempts": 2, "fragment_weight": "1.20", "annulus_defect": "4.0", "dural_tear": false,
			"root_free": true, "day_surgery": false, "fluoroscopy_shots": 14, "fluoroscopy_time": 11, "fluoroscopy_dose": "2.10"})}, about(p.signed), happened(p.time(specialistDay, "10:05")))
	p.shows(p.center, "Operated in 42 min, awake; leg pain gone on the table")
	p.on(specialistDay+1, "08:30")
	p.appointment(p.rao, p.id, "d1", specialistDay+1, "Day 1: walks; leg pain 1 of 10", map[string]any{"nrs_leg": 1, "nrs_back": 2, "motor": 4, "clavien_dindo": "0"})
	p.on(specialistDay+7, "09:00")
	p.appointment(p.rao, p.id, "discharge", specialistDay+7, "1 week: home; toe at full strength; next in 5 weeks", map[string]any{"length_of_stay": 2, "nrs_leg": 0, "nrs_back": 1, "motor": 5,
		"macnab": "excellent", "clavien_dindo": "0", "ssi": false, "recurrence": false, "reoperated": false, "satisfaction": 9})
}
