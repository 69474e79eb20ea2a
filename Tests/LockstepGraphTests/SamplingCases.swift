import LockstepCompute
import LockstepGraph

extension OperationCase {
    private static let fills: [(mode: FillMode, isInside: @Sendable (_ place: Int, _ count: Int) -> Int?)] = [
        (.constant, { place, count in (0..<count).contains(place) ? place : nil }),
        (.nearest, { place, count in Swift.min(Swift.max(place, 0), count - 1) }),
        (.wrap, { place, count in ((place % count) + count) % count }),
        (.mirror, { place, count in bounced(place, at: (0, count - 1)) { -$0 } }),
        (.reflect, { place, count in bounced(place, at: (0, count - 1)) { -$0 - 1 } }),
    ]

    /// A place that is mirrored at the ends of a range until it lies inside.
    private static func bounced(_ place: Int, at ends: (Int, Int), _ mirror: (Int) -> Int) -> Int {
        if ends.0 == ends.1 { return ends.0 }
        var place = place
        while place < ends.0 || place > ends.1 {
            place = place < ends.0 ? mirror(place) : ends.1 - mirror(ends.1 - place)
        }
        return place
    }

    /// Images between their pixels, and far outside.
    static let samplings: [OperationCase] = fills.flatMap { fill in
        [([4, 3, 2], [5, 2, 2]), ([1, 6, 1], [2, 3, 2]), ([5, 5, 3], [7, 6, 2])].flatMap {
            (image: Shape, places: Shape) in
            [false, true].map { isNearest in
                OperationCase(
                    "\(isNearest ? "nearest" : "bilinear") samples of \(image) at \(places), \(fill.mode)",
                    [image, places]
                ) { x, _ in
                    sampled(x[0], at: x[1] * 5, nearest: isNearest, fillMode: fill.mode, fillValue: 0.5)
                } oracle: { x in
                    func pixel(_ row: Int, _ column: Int, _ channel: Int) -> Double {
                        guard let row = fill.isInside(row, image[0]), let column = fill.isInside(column, image[1])
                        else { return 0.5 }
                        return x[0][[row, column, channel]]
                    }
                    return Naive([places[0], places[1], image[2]]) { i in
                        let (row, column) = (5 * x[1][[i[0], i[1], 0]], 5 * x[1][[i[0], i[1], 1]])
                        if isNearest { return pixel(Int(row.rounded()), Int(column.rounded()), i[2]) }
                        let (top, left) = (Int(row.rounded(.down)), Int(column.rounded(.down)))
                        let (down, right) = (row - Double(top), column - Double(left))
                        let above = (1 - right) * pixel(top, left, i[2]) + right * pixel(top, left + 1, i[2])
                        let below = (1 - right) * pixel(top + 1, left, i[2]) + right * pixel(top + 1, left + 1, i[2])
                        return (1 - down) * above + down * below
                    }
                }
            }
        }
    }

    /// Elements at places, and numbers that are made of elements.
    static let numberings: [OperationCase] = [
        OperationCase("take", [[11], [7]]) { x, _ in
            take(x[0], at: clip(floor(x[1] * 2 + 5), to: 0...10))
        } oracle: { x in
            Naive([7]) { i in x[0][[Int(Swift.min(Swift.max((x[1][i] * 2 + 5).rounded(.down), 0), 10))]] }
        },
        OperationCase("take of rows", [[3, 5], [3, 9]]) { x, _ in
            take(x[0], at: clip(floor(x[1] + 2), to: 0...4))
        } oracle: { x in
            Naive([3, 9]) { i in x[0][[i[0], Int(Swift.min(Swift.max((x[1][i] + 2).rounded(.down), 0), 4))]] }
        },
        OperationCase("round", [[37]]) { x, _ in
            round(x[0] * 4)
        } oracle: {
            $0[0].map { (Double(Float($0) * 4)).rounded(.toNearestOrEven) }
        },
        OperationCase("floor", [[5, 3]]) { x, _ in
            floor(x[0] * 4)
        } oracle: {
            $0[0].map { (Double(Float($0) * 4)).rounded(.down) }
        },
        OperationCase("numbering", [[6], [6]]) { x, _ in
            let numbers = x[0].applying(
                NumberingOperation(requirement: "any") { Int32(($0(0) * 3).rounded(.down) - ($0(1) > 0 ? 1 : 0)) },
                with: [x[1]])
            return cast(numbers[0], to: .float32)
        } oracle: { x in
            Naive([6]) { i in (x[0][i] * 3).rounded(.down) - (x[1][i] > 0 ? 1 : 0) }
        },
    ]
}
