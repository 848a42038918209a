// Package generate makes an invented population: people with a disease line, the chats, prescriptions and
// activities of their months in the programme as canonical records, and the truth that these records
// should be found to say. Equal configurations give equal bytes. It reads no patient data and writes none;
// names, numbers and addresses are made up (phones begin with 1990 to 1992, there is no region 4699 of identity
// numbers, no bank has 629900).
//
// # How it works
//
// Each person lives alone, from random numbers seeded by (seed, person number), and leaves compact events of
// 48 bytes. Records sorts the events of all people by arrival and writes each out as JSON when it is asked
// for; texts are composed at that moment from the seed in the event. Truth lives the same lives and never
// looks at records. 5,000 people over 12 months are about 600,000 records and 80 MB of memory; 160,000
// people are about 19 million records and 2 GB, a minute of one core, the first record after some 20
// seconds.
//
// # What is assumed, and why
//
// People arrive early in the window rather than evenly, as a programme takes over its lists, and more of
// them in the campaigns 618 (1 to 20 June) and double eleven (20 October to 12 November), when people also
// stock up. A doctor's code or a friend's word brings more leads on to WeCom (0.86 to 0.90) than a parcel,
// an advertisement or an article (0.70 to 0.76). Then 0.86 fill in the profile, 0.84 of those see a doctor,
// 0.91 get a prescription, 0.86 of those ever fill it: one in seven prescriptions is never filled, which is
// what studies of primary non-adherence find. Three in ten people from public shops buy before anybody
// knows them; they have fills, but no first visit, so their funnel ends there.
//
// A part of the people is steady (refills in time, buys up to three months), the others are late again and
// again; stopping is most likely at the first refill. The shares differ by line (rates.go), so that the mean
// PDC of eligible people over 180 days is about 0.64 for osteonecrosis (slow effect, paid by the patient),
// 0.67 for hypertension (no pain: forgetting, feeling well), 0.69 for diabetes (several drugs, stomach
// trouble) and 0.79 for breast cancer (motivated, but side effects). Over 365 days it is lower by 0.05 to
// 0.09, because fewer of those who stopped fall out of the measure.
//
// Most who stop tell why in the chats; three quarters get a call-back task, and being reached raises the
// chance of coming back. Two percent a year leave the programme; one percent die, more in breast cancer.
// Consent to the service is granted by 0.93, missing for 0.05 and refused by 0.02; 0.025 a year withdraw it
// and 0.03 a year ask not to be contacted. Identifiers differ by channel; seven in eight are tied to the
// person by a link on their first event, the rest by an identity_linked event days or weeks later. To make
// people hard to tell apart, 0.06 of neighbours in number are households that share a phone or an account in the shop,
// 0.03 of people have given up a number, which the next person was given, 0.02 have a second WeCom account that a
// care worker confirmed, and 0.02 filled in their form on one of five tablets of the staff.
//
// The team runs two experiments, into which people are drawn at a refill 90 days or more after the first (experiment.go).
// The 22-week programme of the breast cancer line makes the treated refill in time and stop less often, which is worth
// about an eighth of the days; another wording of the reminder for hypertension and diabetes does nothing.
// The truth says what each person would have done in the other arm.
//
// With an active share below 1 the others are quiet, as most registered people of a large programme are: they came through
// the same channels, gave consent, filled in a form, read an article every two years, and are never treated: about 8 events each,
// where an active person has 230 in 24 months. 1.6 million people with an active share of 0.1 are 48 million records.
//
// One percent of the records come twice, two percent one to ten days late (never after the window), and
// three in a thousand are broken. Faults are extra or moved records; they never change the truth.
package generate
