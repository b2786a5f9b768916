// Package outreach folds visits: an expert team comes to another hospital, from the written invitation to the report.
//
// A visit is a thread of its own, kept by the host: the hospital that invites, whose patients they are. It names cases by their thread and holds
// nothing about the patients; what is done for a patient stands in the case. [Fold] gives a [Visit], a pure value that depends on the entries
// alone; [Projection] keeps what lists need in tables.
//
// The rules are those of the provisions on doctors' consultation away from home (医师外出会诊管理暂行规定, 2005): a written invitation, a patient who
// was informed and agrees, nothing beyond the scope of either hospital or of the doctor, approval by the medical office at home, a report within
// two working days. An emergency goes by telephone first, and says so. A rule stops its writer and only marks at a reader.
//
// A temporary privilege is given by the host and nobody else, for one person, one procedure and some time, and closes by itself. What widens
// counts only while the key that said it is beyond doubt; what narrows (a revocation, a closing, a correction) counts from whoever may say it,
// doubted or late too.
package outreach
