import LockstepCompute

/// Places the tensors of a step in one workspace. Tensors that never live at the same time may share a place.
package struct MemoryMap {
    /// A tensor of `count` elements that is in use from one moment to another, both included.
    package struct Request {
        package let count: Int
        package var from: Int
        package var until: Int
    }

    package private(set) var requests: [Request] = []

    package init() {}

    /// Adds a request and returns its number.
    package mutating func add(_ count: Int, from: Int, until: Int) -> Int {
        requests.append(Request(count: FloatBuffer.aligned(count), from: from, until: until))
        return requests.count - 1
    }

    mutating func extend(_ number: Int, until: Int) { requests[number].until = max(requests[number].until, until) }

    /// The most elements that are in use at one moment. No workspace is smaller.
    var peak: Int {
        var changes: [Int: Int] = [:]
        for request in requests {
            changes[request.from, default: 0] += request.count
            changes[request.until + 1, default: 0] -= request.count
        }
        var (peak, inUse) = (0, 0)
        for time in changes.keys.sorted() {
            inUse += changes[time]!
            peak = max(peak, inUse)
        }
        return peak
    }

    /// The place of each request, and the size of the workspace. The largest request is placed first, each at the
    /// lowest place that no other request needs at the same time.
    ///
    /// - Parameter shares: false gives each a place of its own.
    package func place(shares: Bool = true) -> (offsets: [Int], size: Int) {
        var offsets = [Int](repeating: 0, count: requests.count)
        var placed: [Int] = []
        var size = 0
        for number in requests.indices.sorted(by: { requests[$0].count > requests[$1].count }) {
            let request = requests[number]
            let neighbours = placed.filter {
                !shares || requests[$0].from <= request.until && request.from <= requests[$0].until
            }
            .sorted { offsets[$0] < offsets[$1] }
            var offset = 0
            for neighbour in neighbours where offsets[neighbour] < offset + request.count {
                offset = max(offset, offsets[neighbour] + requests[neighbour].count)
            }
            offsets[number] = offset
            size = max(size, offset + request.count)
            placed.append(number)
        }
        return (offsets, size)
    }
}
