// Package access answers one question in three places: may this be?
//
// May this person do this to this thread: [May], whose rules stand in policy.cedar and nowhere else. May these words or this file go to that
// hospital: [MayLeave], [Gate.Until] and [File.MayLeave], which ask the patient's consent as [FoldConsent] reads it. And who did see the
// case: the access log, with the broken glass that let them in. Every answer starts at no.
//
// [Door] is the one way in, for people, imports and the program itself: it decides, fills in who speaks, appends, and records each reading. What a case or a visit is, and who
// stands in which relation to it, is known to the rooms that fold them; how a kind of thread is governed stands in its declaration ([record.Governance]). Node hands both
// over, in [Door.Threads] and [Door.Relations].
package access
