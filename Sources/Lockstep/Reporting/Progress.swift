import LockstepCompute

/// Keras's progress display: a bar with the remaining time during an epoch, and a line of results after it.
///
/// `verbose` 1 draws the bar on a terminal. With 2, or without a terminal, there is one plain line for each epoch.
package final class Progress {
    private let names: [String]
    private let steps: Int
    private let verbose: Int
    private let isInteractive: Bool
    private let write: (String) -> Void
    private let now: () -> Double
    private let start: Double
    private var afterFirstStep: Double?
    private var lastUpdate = -Double.infinity
    private var done = 0
    private var lastWidth = 0
    /// The seconds between two repaints.
    private static let interval = 0.05
    private static let cells = 20

    package init(
        names: [String], steps: Int, verbose: Int, isInteractive: Bool = Terminal.isInteractive,
        write: @escaping (String) -> Void = Terminal.write, now: @escaping () -> Double = monotonicSeconds
    ) {
        self.names = names
        self.steps = steps
        self.verbose = verbose
        self.isInteractive = isInteractive
        self.write = write
        self.now = now
        start = now()
    }

    /// Prints the heading of an epoch, if there are several.
    package func begin(epoch: Int = 0, of epochs: Int = 1) {
        if verbose > 0, epochs > 1 { write("Epoch \(epoch + 1)/\(epochs)\n") }
    }

    /// Records that `step` steps are done. `values` are the loss and the metrics so far.
    package func update(step: Int, values: @autoclosure () -> [Double] = []) {
        done = step
        let time = now()
        if step == 1 { afterFirstStep = time }
        guard verbose == 1, isInteractive, time - lastUpdate >= Self.interval, step < steps else { return }
        lastUpdate = time
        let remaining = Int(secondsPerStep(time) * Double(steps - step))
        let eta =
            remaining > 3600
            ? "\(remaining / 3600):\(twoDigits(remaining / 60 % 60)):\(twoDigits(remaining % 60))"
            : remaining > 60 ? "\(remaining / 60):\(twoDigits(remaining % 60))" : "\(remaining)s"
        draw(eta, time, values())
    }

    /// Prints the final values.
    package func end(_ values: [Double]) {
        guard verbose > 0 else { return }
        let time = now()
        if done == 0 { done = steps }
        let elapsed = "\(formatted(time - start, digits: 0))s"
        if verbose == 1, isInteractive {
            draw(elapsed, time, values)
            write("\n")
        } else {
            write("\(steps)/\(steps) - \(elapsed) - \(stepTime(time))\(list(values))\n")
        }
    }

    private func draw(_ clock: String, _ time: Double, _ values: [Double]) {
        let count = String(repeating: " ", count: "\(steps)".count - "\(done)".count) + "\(done)/\(steps)"
        let filled = steps == 0 ? Self.cells : Self.cells * done / steps
        let info = "\(stepTime(time))\(list(values))"
        let width = count.count + Self.cells + clock.count + info.count + 3
        var line = "\r\u{1B}[1m\(count)\u{1B}[0m "
        line += "\u{1B}[32m" + String(repeating: "━", count: filled) + "\u{1B}[0m"
        line += "\u{1B}[37m" + String(repeating: "━", count: Self.cells - filled) + "\u{1B}[0m"
        line += " \u{1B}[1m\(clock)\u{1B}[0m \(info)" + String(repeating: " ", count: max(0, lastWidth - width))
        lastWidth = width
        write(line)
    }

    /// Excludes the first step, which also lays out memory, if there are more steps.
    private func secondsPerStep(_ time: Double) -> Double {
        if let afterFirstStep, done > 1 { return (time - afterFirstStep) / Double(done - 1) }
        return done > 0 ? (time - start) / Double(done) : 0
    }

    private func stepTime(_ time: Double) -> String {
        let seconds = secondsPerStep(time)
        if seconds >= 1 || seconds == 0 { return "\(formatted(seconds, digits: 0))s/step" }
        if seconds >= 1e-3 { return "\(formatted(seconds * 1e3, digits: 0))ms/step" }
        return "\(formatted(seconds * 1e6, digits: 0))us/step"
    }

    private func list(_ values: [Double]) -> String {
        zip(names, values).map { " - \($0): \(formatted($1, digits: 4, scientific: abs($1) <= 1e-3))" }.joined()
    }

    private func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
