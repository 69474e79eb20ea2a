import Lockstep

/// A queue of events, sorted by time. Events of equal time keep the order in which they were added. A binary heap.
package struct EventQueue<Event> {
    private struct Entry {
        let time: Double
        let number: Int
        let event: Event

        func isBefore(_ other: Entry) -> Bool { time < other.time || time == other.time && number < other.number }
    }

    private var heap: [Entry] = []
    private var added = 0

    package init() {}

    package mutating func add(_ event: Event, at time: Double) {
        let entry = Entry(time: time, number: added, event: event)
        added += 1
        heap.append(entry)
        var place = heap.count - 1
        while place > 0 {
            let parent = (place - 1) / 2
            guard entry.isBefore(heap[parent]) else { break }
            heap[place] = heap[parent]
            place = parent
        }
        heap[place] = entry
    }

    /// The next event; nil if there is none.
    package mutating func next() -> (time: Double, event: Event)? {
        guard let first = heap.first, let entry = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return (entry.time, entry.event) }
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].isBefore(heap[child]) { child += 1 }
            guard heap[child].isBefore(entry) else { break }
            heap[place] = heap[child]
            place = child
        }
        heap[place] = entry
        return (first.time, first.event)
    }
}
