import Foundation
import Synchronization

/// What became of the targets, printed as they end; several threads tell it.
final class Results: Sendable {
    private let failed = Mutex(0)
    private let done = DispatchSemaphore(value: 0)

    var failures: Int { failed.withLock { $0 } }

    func add(_ target: String, _ result: Result<Driver.Report, any Error>) {
        failed.withLock { failed in
            switch result {
            case .success(let report):
                let slowest = String(format: "%.2f", report.slowest)
                say(
                    "\(report.failures.isEmpty ? "✔" : "✘") \(target): \(report.inputs) inputs, the slowest, \(report.slowestInput), took \(slowest) s"
                )
                for failure in report.failures { say("  \(failure)") }
                failed += report.failures.count
            case .failure(let error):
                say("✘ \(target): \(error)")
                failed += 1
            }
        }
    }

    /// At once, for a run may take hours.
    private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    func finish() { done.signal() }
    func wait(for threads: Int) { for _ in 0..<threads { done.wait() } }

    /// Hands out numbers from 0.
    final class Counter: Sendable {
        private let next = Mutex(0)

        func take(below end: Int) -> Int? {
            next.withLock { next in
                defer { next += 1 }
                return next < end ? next : nil
            }
        }
    }
}
