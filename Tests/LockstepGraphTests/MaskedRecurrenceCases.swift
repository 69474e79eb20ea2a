import LockstepCompute
import LockstepGraph

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Recurrences over masked steps. The mask is made of an input: steps whose number is below 0 are left out. It is not
/// part of the gradient.
extension OperationCase {
    static let maskedRecurrences: [OperationCase] = [(1, 2, 3), (5, 3, 4), (6, 1, 9), (4, 7, 17)].flatMap {
        time, features, units in
        [(false, false), (true, false), (false, true), (true, true)].flatMap { sequences, backwards in
            Cell.allCases.map { cell in
                let width = cell.gates * units
                let bias: [Shape] = backwards ? [] : [cell == .gated ? [2, width] : [width]]
                return OperationCase(
                    "masked \(cell) of \(time) steps, \(features) features, \(units) units, sequences \(sequences), backwards \(backwards)",
                    [[time, features], [time]], weights: [[features, width], [units, width]] + bias
                ) { x, w in
                    x[0].applying(
                        cell.operation(time: time, units: units, sequences: sequences, backwards: backwards),
                        with: w + [unequal(relu(x[1]), 0)])[0]
                } oracle: {
                    cell.run(
                        $0[0], mask: $0[1], $0[2], $0[3], bias: $0.count > 4 ? $0[4] : nil, sequences: sequences,
                        backwards: backwards)
                }
            }
        }
    }

    /// Recurrences that begin with states that are given, with masked steps and without. That of the LSTM gives c after
    /// the last step too.
    static let startedRecurrences: [OperationCase] = [(1, 2, 3), (5, 3, 4), (4, 2, 9)].flatMap {
        time, features, units in
        [(false, false, true), (true, false, false), (false, true, false), (true, true, true)].flatMap {
            sequences, backwards, isMasked in
            Cell.allCases.map { cell in
                let (width, first) = (cell.gates * units, isMasked ? 2 : 1)
                let bias: [Shape] = backwards ? [] : [cell == .gated ? [2, width] : [width]]
                let states = Array(repeating: Shape([units]), count: cell.states)
                return OperationCase(
                    "\(cell) with states of \(time) steps, \(features) features, \(units) units, "
                        + "sequences \(sequences), backwards \(backwards), masked \(isMasked)",
                    [[time, features]] + (isMasked ? [[time]] : []) + states,
                    weights: [[features, width], [units, width]] + bias
                ) { x, w in
                    let mask = isMasked ? [unequal(relu(x[1]), 0)] : []
                    let operands: [any Operand] = w as [any Operand] + Array(x[first...]) + mask
                    let outputs = x[0].applying(
                        cell.operation(
                            time: time, units: units, sequences: sequences, backwards: backwards, isMasked: isMasked,
                            hasStart: true),
                        with: operands)
                    return concatenate(outputs.map { reshape($0, [$0.spec.shape.count]) })
                } oracle: { inputs in
                    let rest = Array(inputs[first...])
                    let weights = Array(rest[cell.states...])
                    return cell.run(
                        inputs[0], mask: isMasked ? inputs[1] : nil, weights[0], weights[1],
                        bias: weights.count > 2 ? weights[2] : nil, states: Array(rest[..<cell.states]),
                        sequences: sequences, backwards: backwards)
                }
            }
        }
    }
}

private enum Cell: CaseIterable {
    case simple, gated, gatedBefore, lstm

    var gates: Int {
        switch self {
        case .simple: 1
        case .gated, .gatedBefore: 3
        case .lstm: 4
        }
    }

    var states: Int { self == .lstm ? 2 : 1 }

    func operation(
        time: Int, units: Int, sequences: Bool, backwards: Bool, isMasked: Bool = true, hasStart: Bool = false
    ) -> any LockstepGraph.Operation {
        func recurrence(_ cell: CellFunction) -> any LockstepGraph.Operation {
            RecurrenceOperation(
                cell, time: time, units: units, returnsSequences: sequences, goesBackwards: backwards,
                isMasked: isMasked, hasStart: hasStart)
        }
        return switch self {
        case .simple: recurrence(.simple(.tanh))
        case .gated: recurrence(.gated(.tanh, recurrent: .sigmoid))
        case .gatedBefore: recurrence(.gatedBefore(.tanh, recurrent: .sigmoid))
        case .lstm:
            LSTMOperation(
                time: time, units: units, activation: .tanh, recurrentActivation: .sigmoid, returnsSequences: sequences,
                returnsState: hasStart, goesBackwards: backwards, isMasked: isMasked, hasStart: hasStart)
        }
    }

    /// Step by step, unit by unit. With `states` the result is flat, and c after the last step follows the output.
    func run(
        _ x: Naive, mask: Naive?, _ w: Naive, _ u: Naive, bias: Naive?, states: [Naive] = [], sequences: Bool,
        backwards: Bool
    ) -> Naive {
        let (time, features, units) = (x.shape[0], x.shape[1], u.shape[0])
        func start(_ index: Int) -> [Double] {
            (0..<units).map { index < states.count ? states[index][[$0]] : 0 }
        }
        var (h, c) = (start(0), start(1))
        var outputs: [[Double]] = []
        for step in 0..<time {
            let place = backwards ? time - 1 - step : step
            if mask.map({ $0[[place]] > 0 }) ?? true {
                // The terms of x and the bias, and of some h, of a gate of a unit.
                func input(_ gate: Int, _ unit: Int) -> Double {
                    let column = gate * units + unit
                    let own = bias.map { $0.shape.count == 2 ? $0[[0, column]] : $0[[column]] } ?? 0
                    return (0..<features).reduce(own) { $0 + x[[place, $1]] * w[[$1, column]] }
                }
                func recurrent(_ gate: Int, _ unit: Int, _ state: [Double]) -> Double {
                    let column = gate * units + unit
                    let own = self == .gated ? bias?[[1, column]] ?? 0 : 0
                    return (0..<units).reduce(own) { $0 + state[$1] * u[[$1, column]] }
                }
                func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
                func gate(_ number: Int, _ unit: Int) -> Double {
                    sigmoid(input(number, unit) + recurrent(number, unit, h))
                }
                let all = Array(0..<units)
                switch self {
                case .simple: h = all.map { tanh(input(0, $0) + recurrent(0, $0, h)) }
                case .gated, .gatedBefore:
                    let (z, r) = (all.map { gate(0, $0) }, all.map { gate(1, $0) })
                    let reset = all.map { r[$0] * h[$0] }
                    let candidate = all.map { unit in
                        tanh(
                            input(2, unit)
                                + (self == .gated ? r[unit] * recurrent(2, unit, h) : recurrent(2, unit, reset)))
                    }
                    h = all.map { z[$0] * h[$0] + (1 - z[$0]) * candidate[$0] }
                case .lstm:
                    let next = all.map { gate(1, $0) * c[$0] + gate(0, $0) * tanh(input(2, $0) + recurrent(2, $0, h)) }
                    h = all.map { gate(3, $0) * tanh(next[$0]) }
                    c = next
                }
            }
            outputs.append(h)
        }
        guard states.isEmpty else {
            let flat = (sequences ? outputs.flatMap { $0 } : h) + (self == .lstm ? c : [])
            return Naive([flat.count]) { flat[$0[0]] }
        }
        return sequences ? Naive([time, units]) { outputs[$0[0]][$0[1]] } : Naive([units]) { h[$0[0]] }
    }
}
