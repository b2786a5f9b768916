package demo

import (
	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
	"consilium/outreach"
	"consilium/people"
)

// visitStory: a city hospital, a national expert far away, and a patient whose eye has been closing for six years.
func visitStory(s *story) {
	v := &theVisit{story: s, home: s.at(harbor), far: s.at(western)}
	v.lin, v.zhao, v.he, v.wu = v.home.staff["lin"], v.home.staff["zhao"], v.home.staff["he"], v.home.staff["wu"]
	v.gu, v.qin, v.tan = v.far.staff["gu"], v.far.staff["qin"], v.far.staff["tan"]
	v.examine()
	v.refer()
	v.consult()
	v.plan()
	v.invite()
	v.operate()
	v.recover()
}

// theVisit is the first story while it is told.
type theVisit struct {
	*story
	home, far        *hospital
	lin, zhao, he    *person // the surgeon, the head, the coordinator of the city hospital
	wu               *person // its trainee
	gu, qin, tan     *person // the expert, his surgeon and the coordinator far away
	id, visit        ledger.ThreadID
	referral, signed ledger.Hash
	images           []ledger.BlobRef
}

const visitDay = 58 // the operation: a Wednesday

func (v *theVisit) examine() {
	v.on(0, "09:10")
	v.id = v.begin(v.lin, "/cases", map[string]any{
		"pathway": "hfs-mvd", "sub_specialty": "functional_neurosurgery", "title": "Hemifacial spasm, left, six years; a vertebral artery at the root exit zone",
		"side": "left", "urgency": "routine", "sex": "female", "age": 52,
		"summary": "Began at the lower eyelid six years ago and spread to cheek and mouth. Four treatments with botulinum toxin, each of shorter effect. She no longer drives and avoids company.",
		"patient": map[string]any{"name": "周演示", "latin": "Zhou Yanshi (invented)", "local_number": "HC-DEMO-0001", "birth_date": "1973"},
	})
	v.shows(v.home, "Dr. Lin opens a case: hemifacial spasm, left, 52 y")
	v.say(v.lin, v.id, access.KindConsent, access.ConsentGiven{How: access.Written, Date: v.day(0), Text: "2025-1", Scopes: map[access.Scope]access.Answer{
		access.Consult: access.Granted, access.Images: access.Granted, access.Identity: access.Refused, access.Recording: access.Granted,
		access.Teaching: access.Granted, access.Research: access.Granted}})
	v.say(v.lin, v.id, casebook.KindFinding, casebook.Finding{Holds: []string{"consent"}, Note: "Consent form, signed on paper."},
		with(v.paper(v.lin, "Consent form", "Consent to consultation and images. Name and number stay at this hospital.")))
	v.shows(v.home, "She agrees: consultation and images, not her name")
	v.on(1, "10:30")
	v.say(v.lin, v.id, casebook.KindFollowUp, casebook.FollowUp{Schedule: "baseline", Date: v.day(1), Form: "examination", Values: answers(map[string]any{
		"cohen": 4, "smc": 3, "jrs_severity": 4, "jrs_frequency": 4, "hfs7_1": 3, "hfs7_2": 2, "hfs7_3": 3, "hfs7_4": 2, "hfs7_5": 3, "hfs7_6": 2, "hfs7_7": 3,
		"hfs8_sleep": 1, "house_brackmann": 1, "cranial_nerves": "II to XII otherwise intact. No weakness between spasms.",
		"pta_ipsi": "18.8", "sds_ipsi": 92, "pta_contra": "16.3", "sds_contra": 96, "amr_test": "positive", "nrs": 0})})
	v.say(v.lin, v.id, casebook.KindFinding, casebook.Finding{Holds: []string{"video"}, Note: "Face at rest, eye closure and speech (a drawing, in place of the film)."},
		with(v.file(v.lin, faceVideo(), "image/gif", "Face, drawn", "recording")))
	v.shows(v.home, "Examined: Cohen 4, hearing normal, LSR present")
	v.on(2, "15:00")
	whose := sitter{"ZHOU^YANSHI", "HC-DEMO-0001", "F", "1973"}
	v.images = []ledger.BlobRef{v.dicom(v.lin, whose, "MR_small.dcm", "MR, axial", v.day(2)), v.dicom(v.lin, whose, "MR_small_jp2klossless.dcm", "MR, axial, JPEG 2000", v.day(2))}
	v.images = append(v.images, v.own(v.lin)...)
	v.say(v.lin, v.id, casebook.KindImaging, casebook.Imaging{Modality: "mr", Date: v.day(2), Deidentified: true, Count: int64(len(v.images)),
		Description: "MRI 3.0 T: 3D-TOF MRA, CISS, routine head series (sample images stand in)."}, with(v.images...))
	v.say(v.lin, v.id, casebook.KindFinding, casebook.Finding{Form: "imaging", Holds: []string{"report"}, Values: answers(map[string]any{
		"imaging_modality": "mr", "imaging_date": v.day(2), "imaging_quality": "good", "mri_sequences": []string{"tof", "ciss", "head"}, "mri_field": "3.0",
		"mri_vessel": []string{"va", "aica"}, "rez_contact": "displace", "secondary_cause": true,
		"imaging_report": "Left vertebral artery loops into the cerebellopontine angle and presses AICA against the root exit zone. No tumor, no demyelination."})},
		with(v.paper(v.lin, "MRI report", "Left vertebral artery and AICA at the root exit zone of the facial nerve.")))
	v.shows(v.home, "MRI: artery on the nerve; %d files attached", len(v.images))
	v.head(v.lin, v.id, v.day(1))
	v.rehearses(v.lin, v.id)
}

func (v *theVisit) refer() {
	v.on(3, "09:00")
	v.invites(v.lin, v.id, v.far)
	v.referral = v.say(v.lin, v.id, casebook.KindReferred, casebook.Referred{To: v.far.id, SubSpecialty: "functional_neurosurgery", Urgency: "routine",
		Question: "The vertebral artery lies in desk. Can she be decompressed here, and would an endoscope or a sling serve her better than felt?",
		NeededBy: v.day(10), Expires: v.day(30), Form: "referral", Values: answers(map[string]any{
			"question": "Operate here? Endoscope? Sling or felt?", "urgency": "routine", "needed_by": v.day(10),
			"wish": "She wants to be operated on at home, near her family.", "age": 52, "sex": "female", "height": "161.0", "weight": "58.5",
			"record_summary": "Six years of left hemifacial spasm, four treatments with botulinum toxin. Otherwise well.", "asa": "II",
			"charlson_one": []string{}, "charlson_two": []string{}, "charlson_liver": false, "charlson_six": []string{}, "smoking": "never",
			"anticoagulant": false, "drugs": "Amlodipine 5 mg", "allergy": "None known", "hemoglobin": "131", "creatinine": "61.0", "prior_operation": false,
			"abandoned_before": false, "local_means": []string{"icu", "devices", "monitoring", "blood"},
			"local_means_note": "Microscope, 30 degree endoscope, AMR and BAEP monitoring. About 25 microscopic decompressions so far.",
			"side":             "left", "spasm_type": "typical", "first_muscle": "eyelid", "duration_months": 74, "course": "Slow spread, shorter relief after each injection.",
			"botulinum_times": 4, "botulinum_last": v.day(-160), "botulinum_effect": "partly_better", "prior_mvd": false, "prior_facial_palsy": false})})
	v.shows(v.home, "Refers to Western: packet complete, question asked")
	v.on(3, "16:20")
	v.say(v.tan, v.id, casebook.KindAccepted, casebook.Accepted{Person: v.gu.id, Name: v.gu.name, Role: string(people.Surgeon), By: v.day(5),
		Note: "Prof. Gu's team answers within two days."}, about(v.referral))
	v.shows(v.far, "Accepts within a day; Prof. Gu will answer")
	v.arrives(v.gu, v.images...)
	v.shows(v.far, "The same images are there, byte for byte (SHA-256)")
}

// consult is three rounds, in which one piece of advice is not followed, with the reason.
func (v *theVisit) consult() {
	us := casebook.Owner{Hospital: v.home.id, Person: v.lin.id, Name: v.lin.name}
	v.on(4, "20:15")
	first := v.say(v.gu, v.id, casebook.KindOpinion, casebook.Opinion{Round: 1, Form: "opinion",
		Text: "Typical hemifacial spasm. The vertebral artery is the main vessel, and the AICA between it and the nerve must not be overlooked. I need the CISS images again in thin slices.",
		Values: answers(map[string]any{"opinion": "Decompression is right; first thin slices, hearing and a last word on botulinum toxin.", "diagnosis": "Primary hemifacial spasm, left",
			"operate_advice": "more_tests", "advice_place": "home_guided", "risks_seen": "Hearing: the artery is large and lies on the eighth nerve.",
			"tests_wanted": "CISS 0.5 mm; BAEP before operation"}),
		Recommendations: []casebook.Recommendation{
			{ID: "r1", Text: "CISS again, 0.5 mm, through the root exit zone", Owner: us, Due: v.day(12)},
			{ID: "r2", Text: "BAEP on both sides as a baseline", Owner: us, Due: v.day(12)},
			{ID: "r3", Text: "One more botulinum treatment while waiting", Owner: us, Due: v.day(20)}}}, about(v.referral))
	v.shows(v.far, "Round 1, Prof. Gu: thin slices, BAEP, botulinum")
	question := v.say(v.lin, v.id, casebook.KindQuestion, casebook.Question{Text: "Would you see the artery from in front with a 30 degree endoscope, without retracting more?",
		To: casebook.Owner{Hospital: v.far.id, Person: v.gu.id, Name: v.gu.name}, Due: v.day(8)})
	v.on(9, "11:00")
	v.say(v.lin, v.id, casebook.KindAdvice, casebook.Advice{Recommendation: "r1", Status: "done", Why: "0.5 mm: the AICA lies between artery and nerve."}, about(first))
	v.say(v.lin, v.id, casebook.KindAdvice, casebook.Advice{Recommendation: "r2", Status: "done", Why: "Wave V normal on both sides."}, about(first))
	v.say(v.lin, v.id, casebook.KindAdvice, casebook.Advice{Recommendation: "r3", Status: "not_done", Why: "She declines another injection: the last one helped for six weeks only."}, about(first))
	v.shows(v.home, "Advice: two done, one not done, and why")
	v.say(v.gu, v.id, casebook.KindAnswer, casebook.Answer{Text: "Yes. Turned upwards it shows the root exit zone behind the artery; that is where a second vessel is missed."}, about(question))
	v.on(11, "19:40")
	second := v.say(v.gu, v.id, casebook.KindOpinion, casebook.Opinion{Round: 2, Form: "opinion",
		Text: "With the thin slices I advise decompression with the endoscope beside the microscope, and to move the artery aside on a sling: felt behind so large a vessel slips.",
		Values: answers(map[string]any{"opinion": "Endoscope-assisted, transposition by a sling.", "operate_advice": "operate", "advised_procedure": "mvd_assisted",
			"advice_place": "expert_visit", "technique": "endoscope_assisted", "vessel": []string{"va", "aica"}, "method": "transposition_sling"}),
		Recommendations: []casebook.Recommendation{
			{ID: "r1", Text: "MDT with anesthesia and electrophysiology before the plan is signed", Owner: us, Due: v.day(25)}}}, about(v.referral))
	v.shows(v.far, "Round 2: endoscope and microscope; sling, not felt")
	v.on(18, "14:00")
	v.say(v.zhao, v.id, casebook.KindFinding, casebook.Finding{Note: "四级手术术前多学科讨论：神经外科、麻醉科、电生理与护理同意手术，悬吊材料已到位。"})
	v.say(v.lin, v.id, casebook.KindAdvice, casebook.Advice{Recommendation: "r1", Status: "done", Why: "MDT held with anesthesia, electrophysiology and nursing."}, about(second))
	v.on(19, "21:05")
	v.say(v.gu, v.id, casebook.KindOpinion, casebook.Opinion{Round: 3,
		Text: "Nothing speaks against operating in Harbor City. I come and assist Dr. Lin; she stays with her family, and the team has the next one by itself."}, about(v.referral))
	v.shows(v.far, "Round 3: operate at home; Prof. Gu offers to come")
}

// plan is three versions: the home team's, the expert's, and the one that both sign.
func (v *theVisit) plan() {
	both := []ledger.HospitalID{v.home.id, v.far.id}
	operator := casebook.Owner{Hospital: v.home.id, Person: v.lin.id, Name: v.lin.name}
	steps := func(decompress string) (list []casebook.PlannedStep) {
		for _, id := range mvdSteps {
			step := casebook.PlannedStep{Step: id}
			if id == "decompress" {
				step.Text = decompress
			}
			list = append(list, step)
		}
		return list
	}
	values := map[string]any{"procedure": "mvd_microscopic", "side": "left", "surgical_level": 4, "goal": "Free the root exit zone, keep hearing", "anesthesia": "general",
		"position": "Lateral, head turned 10 degrees", "key_risks": "Hearing: stop and wait if wave V falls by half. Bleeding from a perforator: cotton, patience, no coagulation.",
		"expected_loss": 100, "blood_plan": "Group and screen", "stop_rule": "Wave V lost for ten minutes, or cerebellar swelling", "devices_needed": "AMR and BAEP monitoring",
		"guidance_mode": "remote_opinion", "operator_role": "local", "mdt_done": true, "mdt_date": v.day(18), "mdt_specialties": "Neurosurgery, anesthesia, electrophysiology, nursing",
		"technique": "microscopic", "approach": "retrosigmoid", "vessel": []string{"va", "aica"}, "compression_site": []string{"rexp"}, "method": "interposition",
		"amr_monitored": true, "baep_monitored": true}
	v.on(21, "10:00")
	one := v.say(v.lin, v.id, casebook.KindPlan, casebook.Plan{Version: 1, Title: "Microscopic decompression with felt", Form: "plan", Values: answers(values),
		Text: "Through the microscope, felt between artery and nerve.", Steps: steps("Felt between artery and nerve"), Guidance: "remote_opinion", Operator: operator, Signers: both})
	v.shows(v.home, "Plan v1: microscope, felt, remote opinion only")
	values["procedure"], values["technique"], values["method"], values["guidance_mode"] = "mvd_endoscopic", "fully_endoscopic", "transposition_sling", "expert_operates_local_assists"
	values["operator_role"], values["devices_needed"] = "expert", "30 degree endoscope with holder; AMR and BAEP monitoring"
	v.on(22, "19:30")
	two := v.say(v.gu, v.id, casebook.KindPlan, casebook.Plan{Version: 2, Title: "Fully endoscopic transposition", Form: "plan", Values: answers(values),
		Text: "Endoscope only, the artery on a sling. I operate, Dr. Lin assists.", Steps: steps("Vertebral artery on a sling to the petrous dura"),
		Guidance: "expert_operates_local_assists", Operator: casebook.Owner{Hospital: v.far.id, Person: v.gu.id, Name: v.gu.name}, Signers: both}, about(one))
	v.shows(v.far, "Plan v2 edits it: endoscope, sling, expert operates")
	v.on(23, "09:20")
	question := v.say(v.lin, v.id, casebook.KindQuestion, casebook.Question{Text: "We disagree on one point: our team learns more, and can help after you leave, if I operate with the microscope at hand and you guide me. May we keep your sling?",
		To: casebook.Owner{Hospital: v.far.id, Person: v.gu.id, Name: v.gu.name}})
	v.shows(v.home, "Disagrees: the local team should operate, guided")
	v.say(v.gu, v.id, casebook.KindAnswer, casebook.Answer{Text: "Agreed. Microscope for the approach, endoscope to look behind the artery, your hands, my guidance."}, about(question))
	values["procedure"], values["technique"], values["guidance_mode"], values["operator_role"] = "mvd_assisted", "endoscope_assisted", "expert_assists", "local"
	v.on(24, "16:00")
	three := v.say(v.lin, v.id, casebook.KindPlan, casebook.Plan{Version: 3, Title: "Endoscope-assisted transposition under guidance", Form: "plan", Values: answers(values),
		Text: "Microscope for the approach, endoscope for the inspection, sling. Dr. Lin operates, Prof. Gu assists.", Steps: steps("Vertebral artery on a sling to the petrous dura"),
		Guidance: "expert_assists", Operator: operator, Signers: both}, about(two))
	v.shows(v.home, "Plan v3: local surgeon operates, expert assists")
	v.say(v.lin, v.id, casebook.KindPlanSigned, casebook.PlanSigned{Meaning: "approve"}, about(three))
	v.on(25, "08:45")
	v.say(v.gu, v.id, casebook.KindPlanSigned, casebook.PlanSigned{Meaning: "approve_with_note", Note: "If wave V falls we wait; no second attempt at the sling."}, about(three))
	v.shows(v.far, "Both teams have signed plan v3")
	v.signed = three
}

var mvdSteps = []string{"position", "craniotomy", "dura", "arachnoid", "vessel", "decompress", "amr_check", "hemostasis", "closure"}

// invite is the visit's paper work: letter, approval, team, temporary privilege.
func (v *theVisit) invite() {
	v.on(30, "09:00")
	v.visit = v.begin(v.he, "/visits", map[string]any{"entries": []entry{}})
	v.invites(v.he, v.visit, v.far)
	letter := v.paper(v.he, "Letter of invitation 邀请函", "海港市医院邀请西部大学医院顾文教授外出会诊：面肌痉挛微血管减压术一例，并带教本院团队。（盖章）")
	proposal := v.say(v.he, v.visit, outreach.KindProposed, outreach.Proposed{Host: v.home.id, Guest: v.far.id,
		Purpose: "One microvascular decompression under guidance; clinic and teaching of the local team", Skill: "Cranial nerve surgery with the endoscope",
		Procedures: []string{"mvd_assisted"}, Cases: []outreach.PatientCase{{Case: v.id, Informed: v.day(29)}}, From: v.day(visitDay - 1), Until: v.day(visitDay + 1),
		Place: "Department of neurosurgery, theater 3", Fee: "By agreement between the hospitals", Letter: letter.Hash, Conditions: true}, with(letter))
	v.shows(v.home, "Invites Prof. Gu for three days by stamped letter")
	v.on(32, "11:30")
	v.say(v.tan, v.visit, outreach.KindAccepted, outreach.Accepted{WithinScope: true,
		Approval: &outreach.Approval{Office: "Medical office, Western University Hospital", Number: "DEMO-2025-118", Date: v.day(32)}}, about(proposal))
	v.say(v.tan, v.visit, outreach.KindTeam, outreach.Team{Members: []outreach.Member{
		{Person: v.gu.id, Name: v.gu.name, Title: "Chief physician", Specialty: "Functional neurosurgery", License: "DEMO-110001", Part: "lead"},
		{Person: v.qin.id, Name: v.qin.name, Title: "Attending", Specialty: "Endoscopic skull base", License: "DEMO-110002", Part: "assist"}}})
	v.shows(v.far, "The medical office approves; the team is named")
	v.on(33, "09:00")
	v.say(v.he, v.visit, outreach.KindTeam, outreach.Team{Members: []outreach.Member{
		{Person: v.lin.id, Name: v.lin.name, Title: "Attending", Part: "host"}, {Person: v.wu.id, Name: v.wu.name, Title: "Resident", Part: "trainee"}}})
	v.say(v.he, v.visit, outreach.KindPrivilege, outreach.Privilege{Hospital: v.far.id, Person: v.gu.id, Name: v.gu.name, Procedure: "mvd_assisted", Level: 4, Part: people.Assist,
		From: v.time(visitDay-1, "08:00"), Until: v.time(visitDay+1, "20:00"), Supervisor: v.zhao.id, Basis: "License and letter of approval seen"})
	v.shows(v.home, "Temporary privilege, three days, closes by itself")
	v.say(v.lin, v.id, casebook.KindScheduled, casebook.Scheduled{Date: v.time(visitDay, "08:30"), Hospital: v.home.id, Place: "Theater 3", Procedure: "mvd_assisted",
		Operator: casebook.Owner{Hospital: v.home.id, Person: v.lin.id, Name: v.lin.name}, Visit: v.visit})
	v.on(visitDay-1, "14:00")
	v.say(v.gu, v.visit, outreach.KindSession, outreach.Session{What: "clinic", Date: v.time(visitDay-1, "14:00"), Place: "Outpatient clinic", Cases: []ledger.ThreadID{v.id}, Count: 11})
	v.say(v.gu, v.id, casebook.KindFinding, casebook.Finding{Note: "Seen and examined in person on arrival. Findings as described; the plan stands."})
	v.say(v.gu, v.visit, outreach.KindSession, outreach.Session{What: "lecture", Date: v.time(visitDay-1, "17:00"), Title: "What the endoscope shows behind the vertebral artery", Count: 26})
	v.shows(v.home, "Prof. Gu sees the patient; clinic, lecture")
}

func (v *theVisit) operate() {
	v.on(visitDay, "07:50")
	v.say(v.lin, v.visit, outreach.KindSession, outreach.Session{What: "operating_list", Date: v.time(visitDay, "08:30"), Place: "Theater 3", Cases: []ledger.ThreadID{v.id}})
	v.checks(v.lin, v.id, visitDay, "08:05", "08:40", "12:20")
	v.on(visitDay, "13:30")
	wu := func(step string, entrustment int64, note string) casebook.StepDone {
		return casebook.StepDone{Step: step, Done: "planned", By: v.wu.id, Name: v.wu.name, Entrustment: entrustment, Note: note}
	}
	v.say(v.lin, v.id, casebook.KindOperation, casebook.Operation{Date: v.time(visitDay, "08:40"), Procedure: "mvd_assisted", Form: "operation", Guidance: "expert_assists",
		Operator:   casebook.Owner{Hospital: v.home.id, Person: v.lin.id, Name: v.lin.name},
		Assistants: []casebook.Owner{{Hospital: v.far.id, Person: v.gu.id, Name: v.gu.name}, {Hospital: v.home.id, Person: v.wu.id, Name: v.wu.name}},
		Steps: []casebook.StepDone{wu("position", 5, ""), wu("craniotomy", 3, "Prompted twice at the sigmoid sinus"), wu("dura", 3, ""),
			{Step: "arachnoid", Done: "planned"}, {Step: "vessel", Done: "planned", Note: "AICA found behind the vertebral artery with the endoscope"},
			{Step: "decompress", Done: "modified", Note: "Sling as planned; one small felt keeps the AICA off the nerve"},
			{Step: "amr_check", Done: "planned"}, wu("hemostasis", 3, ""), wu("closure", 4, "")},
		Values: answers(map[string]any{
			"sign_in": v.time(visitDay, "08:05"), "time_out": v.time(visitDay, "08:40"), "sign_out": v.time(visitDay, "12:20"), "incision_at": v.time(visitDay, "08:45"),
			"procedure": "mvd_assisted", "side": "left", "surgical_level": 4, "minimally_invasive": true, "anesthesia": "general", "position": "Lateral",
			"skin_to_skin": 205, "plan_followed": "minor", "deviation_reason": "The AICA needed a felt of its own beside the sling",
			"guidance_mode": "expert_assists", "operator_role": "local", "operator_case_number": 26, "trainee_part": "did_part", "zwisch": 2,
			"blood_loss": 80, "blood_loss_method": "measured", "transfused": 0, "intraop_event": []string{},
			"findings": "Vertebral artery displaces AICA onto the root exit zone; the nerve is grooved.", "operation_note": "Microscope to the root exit zone, endoscope behind the artery, sling to the petrous dura.",
			"technique": "endoscope_assisted", "approach": "retrosigmoid", "bone_window": "25.0", "vessel": []string{"va", "aica"}, "compression_site": []string{"rexp"},
			"compression_grade": "indent", "method": "mixed", "teflon_pieces": 1, "implant_touches_rez": false, "endoscope_diameter": "2.7", "endoscope_angle": []string{"30"},
			"endoscope_holder": true, "endoscope_extra_vessel": true, "amr_monitored": true, "amr_start": "present", "amr_csf": "present", "amr_end": "gone",
			"baep_monitored": true, "baep_latency": "0.60", "baep_amplitude": 25, "baep_lost": "no", "vessel_injury": false, "bradycardia": false, "cerebellar_swelling": false,
			"mastoid_cells": "sealed", "dura_closure": "primary"})}, about(v.signed), happened(v.time(visitDay, "08:40")))
	v.shows(v.home, "Dr. Lin operates, Prof. Gu guides; 80 mL lost")
	v.shows(v.home, "Trainee's part by step; one change to the plan")
	v.say(v.gu, v.id, casebook.KindTeaching, casebook.Teaching{Trainee: v.wu.id, Name: v.wu.name, Form: "teaching", Mark: true,
		Note: "Prepared well. Next time: expose the sigmoid edge before the burr reaches it. The second vessel is found by looking for it after the first.",
		Values: answers(map[string]any{"trainee_part": "did_part", "zwisch": 2, "oscore_plan": 4, "oscore_preparation": 4, "oscore_knowledge": 4, "oscore_technique": 3,
			"oscore_visuospatial": 3, "oscore_after": 4, "oscore_efficiency": 3, "oscore_communication": 4})})
	v.shows(v.far, "Teaching note and O-SCORE for the trainee")
	v.on(visitDay+1, "10:00")
	v.say(v.wu, v.id, casebook.KindFollowUp, casebook.FollowUp{Schedule: "d1", Date: v.day(visitDay + 1), Form: "followup", Values: answers(map[string]any{
		"followup_point": "d1", "seen_on": v.day(visitDay + 1), "seen_how": "clinic", "alive": true, "relief": "clearly_better", "cohen": 1, "house_brackmann": 1, "facial_palsy": "none", "hearing_loss": false})})
	v.on(visitDay+2, "17:00")
	v.say(v.gu, v.visit, outreach.KindReport, outreach.Report{Seen: 11, Operated: 1, Taught: 26, Cases: []ledger.ThreadID{v.id}, Text: "One decompression as planned. The local team can do the approach alone; the sling needs one or two more cases."})
	v.on(visitDay+5, "09:00")
	v.say(v.he, v.visit, outreach.KindReport, outreach.Report{Seen: 11, Operated: 1, Taught: 26, Cases: []ledger.ThreadID{v.id}, Text: "感谢。患者术后次日下床，无发热。"})
	v.say(v.he, v.visit, outreach.KindClosed, outreach.Closed{Outcome: "done"})
	v.shows(v.home, "Visit reported by both sides and closed")
}

// recover is a year in which a small complication comes and goes.
func (v *theVisit) recover() {
	v.on(visitDay+7, "09:30")
	v.followUp(v.wu, "discharge", visitDay+7, "1 week: only a flicker left; hearing unchanged", map[string]any{
		"length_of_stay": 8, "icu_days": 1, "ssi": false, "vte": false, "unplanned_return": false, "clavien_dindo": "0", "relief": "clearly_better", "relief_delayed": false, "cohen": 1,
		"kondo_e": 1, "kondo_c": 0, "house_brackmann": 1, "facial_palsy": "none", "hearing_loss": false, "tinnitus": false, "audiometry_done": true, "pta_ipsi": "20.0", "sds_ipsi": 92, "treated_at_home": true, "distance_saved": 2180})
	v.on(visitDay+11, "08:50")
	complication := v.say(v.lin, v.id, casebook.KindComplication, casebook.Complication{Code: "facial_palsy_delayed", Grade: "I", Date: v.day(visitDay + 10), Form: "complication",
		Note: "Weakness of eye closure on the tenth day, House-Brackmann II. Explained; eye drops at night.",
		Values: answers(map[string]any{"complication": "facial_palsy_delayed", "complication_date": v.day(visitDay + 10), "clavien_dindo": "I", "complication_disability": false,
			"complication_treatment": "Artificial tears; no steroid", "reoperation": false, "complication_course": "ongoing", "house_brackmann": 2})})
	v.shows(v.home, "A small complication: delayed facial palsy, H-B II")
	v.on(visitDay+12, "20:10")
	v.say(v.gu, v.id, casebook.KindFinding, casebook.Finding{Note: "We see this in one of seven, in the second week. It goes away by itself; tell her so."})
	v.on(visitDay+31, "10:00")
	v.followUp(v.wu, "d30", visitDay+31, "1 month: no spasm; the palsy is better", map[string]any{"relief": "cured", "relief_delayed": true, "cohen": 0,
		"kondo_e": 0, "kondo_c": 1, "house_brackmann": 2, "facial_palsy": "delayed", "hearing_loss": false, "clavien_dindo": "I", "readmission": false, "unplanned_return": false, "back_to_work": false})
	v.on(visitDay+92, "10:00")
	v.followUp(v.wu, "d90", visitDay+92, "3 months: no spasm, palsy gone, back at work", map[string]any{"relief": "cured", "relief_since": v.day(visitDay + 20), "cohen": 0,
		"kondo_e": 0, "kondo_c": 0, "hfs7_1": 1, "hfs7_2": 0, "hfs7_3": 1, "hfs7_4": 0, "hfs7_5": 0, "hfs7_6": 0, "hfs7_7": 0, "house_brackmann": 1, "facial_palsy": "none", "hearing_loss": false, "back_to_work": true, "new_complication": false})
	v.say(v.lin, v.id, ledger.KindAmend, ledger.Amendment{Why: "The palsy has gone", Says: says(casebook.Complication{Code: "facial_palsy_delayed", Grade: "I", Date: v.day(visitDay + 10), Form: "complication",
		Note: "Weakness of eye closure on the tenth day, House-Brackmann II. Recovered by the eighth week.",
		Values: answers(map[string]any{"complication": "facial_palsy_delayed", "complication_date": v.day(visitDay + 10), "clavien_dindo": "I", "complication_disability": false,
			"complication_treatment": "Artificial tears; no steroid", "reoperation": false, "complication_course": "transient", "complication_end": v.day(visitDay + 56), "house_brackmann": 1})})}, about(complication))
	v.on(visitDay+185, "10:00")
	v.say(v.he, v.id, casebook.KindFollowUp, casebook.FollowUp{Schedule: "m6", Lost: "No answer to three calls; asked again at 12 months"})
	v.shows(v.home, "6 months: no answer by telephone; recorded as such")
	v.on(visitDay+366, "10:00")
	v.followUp(v.wu, "m12", visitDay+366, "12 months: cured (Kondo 0), hearing kept", map[string]any{"relief": "cured", "cohen": 0, "kondo_e": 0, "kondo_c": 0, "hfs7_1": 1, "hfs7_2": 0, "hfs7_3": 0, "hfs7_4": 0, "hfs7_5": 0, "hfs7_6": 0, "hfs7_7": 0, "recurrence": false, "redo": false,
		"house_brackmann": 1, "facial_palsy": "none", "hearing_loss": false, "tinnitus": false, "audiometry_done": true, "pta_ipsi": "19.5", "sds_ipsi": 94, "satisfaction": 10, "back_to_work": true})
	v.say(v.lin, v.id, casebook.KindTeaching, casebook.Teaching{Mark: true, Note: "Three more slings since then without a visit, the last two with remote opinion only."})
	v.shows(v.home, "Three more since then, by the local team itself")
}

// checks records the three parts of the safety checklist.
func (s *story) checks(p *person, thread ledger.ThreadID, day int, in, out, sign string) {
	for i, part := range casebook.SafetyParts {
		at := []string{in, out, sign}[i]
		s.on(day, at)
		check := casebook.SafetyCheck{Part: part}
		for _, id := range casebook.SafetyItems(part) {
			check.Items = append(check.Items, casebook.CheckItem{ID: id, Done: true})
		}
		s.say(p, thread, casebook.KindSafetyCheck, check, happened(s.time(day, at)))
	}
	s.shows(p.at, "Safety checklist: sign in, time out, sign out")
}

// followUp records an appointment that was kept.
func (v *theVisit) followUp(p *person, schedule string, day int, told string, values map[string]any) {
	v.appointment(p, v.id, schedule, day, told, values)
}

func (s *story) appointment(p *person, thread ledger.ThreadID, schedule string, day int, told string, values map[string]any) {
	values["followup_point"], values["seen_on"], values["alive"] = schedule, s.day(day), true
	if values["seen_how"] == nil {
		values["seen_how"] = "clinic"
	}
	s.say(p, thread, casebook.KindFollowUp, casebook.FollowUp{Schedule: schedule, Date: s.day(day), Form: "followup", Values: answers(values), Note: told})
	s.shows(p.at, "%s", told)
}
