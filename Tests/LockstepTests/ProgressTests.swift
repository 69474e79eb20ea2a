import Lockstep
import Testing

/// Oracle: Keras's `Progbar`, whose lines are written out here for times that a clock of the test's own tells.
@Suite struct ProgressTests {
    final class Screen {
        var text = ""
        var time = 0.0
        func progress(steps: Int, verbose: Int, isInteractive: Bool) -> Progress {
            Progress(
                names: ["loss", "mae"], steps: steps, verbose: verbose, isInteractive: isInteractive,
                write: { self.text += $0 },
                now: { self.time })
        }
    }

    @Test("a line an epoch, as Keras writes with verbose 2")
    func lines() {
        let screen = Screen()
        let progress = screen.progress(steps: 3, verbose: 2, isInteractive: true)
        progress.begin(epoch: 0, of: 2)
        for step in 1...3 {
            screen.time = step == 1 ? 1.5 : 1.5 + Double(step - 1) * 1.25
            progress.update(step: step, values: [6, 2])
        }
        progress.end([6.20219, 0.0005])
        #expect(screen.text == "Epoch 1/2\n3/3 - 4s - 1s/step - loss: 6.2022 - mae: 5.0000e-04\n")
    }

    @Test("where the output is no terminal the bar is a plain line")
    func plain() {
        let screen = Screen()
        let progress = screen.progress(steps: 12, verbose: 1, isInteractive: false)
        progress.begin()
        for step in 1...12 {
            screen.time += 0.004
            progress.update(step: step, values: [1, 1])
        }
        progress.end([0.4677, 1])
        #expect(screen.text == "12/12 - 0s - 4ms/step - loss: 0.4677 - mae: 1.0000\n")
    }

    @Test("a bar with the remaining time on a terminal")
    func bar() {
        let screen = Screen()
        let progress = screen.progress(steps: 100, verbose: 1, isInteractive: true)
        screen.time = 1
        progress.update(step: 1, values: [1.5, 1])
        screen.time = 1.01
        progress.update(step: 2, values: [1.5, 1])  // too soon for another picture
        screen.time = 2
        progress.update(step: 51, values: [1.5, 1])
        let cell = "━"
        let bars = screen.text.split(separator: "\r")
        #expect(bars.count == 2)
        let half = String(repeating: cell, count: 10)
        #expect(
            bars.last
                == "\u{1B}[1m 51/100\u{1B}[0m \u{1B}[32m\(half)\u{1B}[0m\u{1B}[37m\(half)\u{1B}[0m \u{1B}[1m0s\u{1B}[0m 20ms/step - loss: 1.5000 - mae: 1.0000"
        )
        screen.time = 3
        screen.text = ""
        progress.end([1, 1])
        #expect(screen.text.hasPrefix("\r\u{1B}[1m") && screen.text.hasSuffix("mae: 1.0000\n"))
    }

    @Test("long waits are told in minutes and hours")
    func waits() {
        for (seconds, text) in [(30.0, "30s"), (90, "1:30"), (3723, "1:02:03")] {
            let screen = Screen()
            let progress = screen.progress(steps: 2, verbose: 1, isInteractive: true)
            screen.time = seconds
            progress.update(step: 1, values: [1, 1])
            #expect(screen.text.contains("\u{1B}[1m\(text)\u{1B}[0m"))
        }
    }

    @Test("silence")
    func silent() {
        let screen = Screen()
        let progress = screen.progress(steps: 2, verbose: 0, isInteractive: true)
        progress.begin(epoch: 0, of: 2)
        progress.update(step: 1, values: [1, 1])
        progress.end([1, 1])
        #expect(screen.text.isEmpty)
    }
}
