import Foundation
import LockstepCompute
import Testing

@Suite struct SharedCounterTests {
    /// Oracle: a sum that is right only if every advance is seen with what was written before it.
    @Test("who waits sees what was written before the counter advanced", arguments: [false, true])
    func meeting(sleeps: Bool) async {
        let buffer = FloatBuffer(count: 4 * SharedCounter.stride)
        let (ping, pong) = (SharedCounter(buffer, at: 0), SharedCounter(buffer, at: SharedCounter.stride))
        let value = Tensor(buffer, at: 2 * SharedCounter.stride, shape: [1])
        @Sendable func wait(_ counter: SharedCounter, _ round: UInt32) {
            while !counter.hasReached(round) { if sleeps { counter.sleep(until: round, microseconds: 100_000) } }
        }
        let rounds: UInt32 = 2000
        let other = Thread {
            for round in 1...rounds {
                wait(ping, round)
                value[0] += 1
                pong.set(round)
            }
        }
        other.start()
        for round in 1...rounds {
            value[0] += 1
            ping.set(round)
            wait(pong, round)
        }
        #expect(value[0] == Float(2 * rounds))
    }

    @Test("counters go round, and a sleep ends by itself")
    func wrapping() {
        let counter = SharedCounter(FloatBuffer(count: SharedCounter.stride), at: 0)
        counter.set(.max)
        #expect(counter.hasReached(.max - 3) && !counter.hasReached(2))
        let start = Date()
        counter.sleep(until: 2, microseconds: 1000)
        #expect(Date().timeIntervalSince(start) < 5)
        counter.set(3)
        #expect(counter.hasReached(2))
    }
}
