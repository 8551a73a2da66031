// Package months makes weeks of ordinary life of accounts, plants attacks in them at known times, and scores what watch finds:
// for the tests and the conformance command. Everything in it is made up, and whoever prints its figures says so.
//
//	Generate(seed) ── Account: a Day's logs after the other ──> Score ── Tally
//
// The accounts are of different character: a start-up whose people work in the console, a platform that machines deploy,
// an analytics account with mass reads and exports, a shop on the internet. A seed decides how many people, machines, tables
// and databases there are, how much they do, when, what goes wrong, and which form each attack takes: seeds are draws of
// one distribution, and what was tuned on one is to be reported on others.
//
// Ordinary life is written as AWS documents it and as real accounts show it, odd but harmless days included. It is never
// changed to suit a detection. What no log of these can tell from ordinary life, such as a beacon over HTTPS to an address
// that is on no list, is not planted.
package months
