import Foundation
import Lockstep
import TestSupport

// Runs every check over MPI, one after another, because collectives of two checks must not interleave. A test starts it
// under mpirun. It has other modes too:
// - `cluster-checks fail RANK` makes one rank throw.
// - `cluster-checks where` prints once for all ranks.
// - `cluster-checks bits MODEL MODE` prints a fingerprint of a trained model.
// - `cluster-checks disagree FIELD RANK` is a job in which one rank gets something else than the others.
// - `cluster-checks fault …` is a job in which something goes wrong.
let isFaulty = CommandLine.arguments.dropFirst().first == "fault"
let faultyJob = FaultyJob(isFaulty ? Array(CommandLine.arguments.dropFirst(2)) : [])
try faultyJob.failIfHere("start")
Job.run {
    let arguments = CommandLine.arguments.dropFirst()
    let communicator = try Job.communicator()
    switch arguments.first {
    case "fail":
        // The others wait for a rank that never comes.
        if arguments.last == "\(Job.rank)" { throw CheckFailed(checks: ["asked to fail"]) }
        try communicator.barrier()
    case "fault":
        atexit { try? faultyJob.failIfHere("exit") }
        try faultyJob.run(on: communicator)
        Job.print("all is well")
    case "where":
        Job.print("size \(Job.size), \(communicator.library ?? "no MPI")")
    case "disagree":
        try DisagreeingJob.run(arguments.dropFirst().first ?? "", rank: Int(arguments.last ?? "") ?? 0)
        Job.print("all is well")
    case "bits":
        let bits = try Bits.fingerprint(of: arguments.dropFirst().first ?? "", mode: arguments.last ?? "")
        Job.print(bits)
    default:
        var failed: [String] = []
        // All of them, or those with a text in their names.
        let checks = Check.all.filter { check in arguments.first.map(check.name.contains) ?? true }
        guard !checks.isEmpty else {
            throw CheckFailed(checks: ["no check has '\(arguments.first ?? "")' in its name"])
        }
        for check in checks {
            do { try check.run(communicator) } catch { failed.append("\(check): \(error)") }
            if !failed.isEmpty { break }  // the ranks may be out of step now
        }
        if !failed.isEmpty { throw CheckFailed(checks: failed) }
        try communicator.barrier()
        Job.print("\(checks.count) checks hold on \(Job.size) ranks")
    }
}

struct CheckFailed: Error, CustomStringConvertible {
    let checks: [String]
    var description: String { checks.joined(separator: "\n") }
}
