import LockstepCompute
import LockstepGraph

/// Cells one on another as one cell: each takes the output of the one before.
///
/// Input: that of the first cell, and the states of all cells, cell by cell. Output: that of the last cell, and the new
/// states. At a masked step, the first state of the last cell stands for the output.
///
///     model.add(RNN(StackedRNNCells([LSTMCell(64), GRUCell(32)])))
public final class StackedRNNCells: RecurrentCell {
    public let properties: LayerProperties
    @Configured("cells") private var inner: [InnerLayer]

    /// - Parameter cells: unnamed cells are named after their class, with `_1`, `_2` appended.
    public init(_ cells: [any RecurrentCell], name: String = "") {
        properties = LayerProperties(name: name)
        for (cell, place) in zip(cells, Graph.places(of: cells)) where cell.name.isEmpty { cell.name = place }
        inner = cells.map { InnerLayer($0) }
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        let layers: [InnerLayer] = try arguments.value("cells")
        var cells: [any RecurrentCell] = []
        for inner in layers {
            guard let cell = inner.layer as? any RecurrentCell else {
                throw arguments.argument("cells").mismatch("cells of recurrent layers")
            }
            cells.append(cell)
        }
        self.init(cells)
    }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // Keras 2 could give the states in the other order.
        if arguments["reverse_state_order"] == false { arguments["reverse_state_order"] = nil }
    }

    public var cells: [any RecurrentCell] { inner.compactMap { $0.layer as? any RecurrentCell } }
    public var sublayers: [any Layer] { cells }
    public var stateCount: Int { cells.reduce(0) { $0 + $1.stateCount } }
    public var stateGroups: [Int]? { cells.map(\.stateCount) }
    public var outputState: Int { cells.dropLast().reduce(0) { $0 + $1.stateCount } + (cells.last?.outputState ?? 0) }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        guard !cells.isEmpty else {
            throw .argument(layer: name, name: "cells", requirement: "one cell or more", received: "none")
        }
        guard let input = inputs.first else { throw .inputCount(layer: name, expected: 1, received: 0) }
        for ((cell, shape), place) in zip(zip(cells, try shapes(input.shape)), Graph.places(of: cells)) {
            try weights.add(cell, in: WeightPart("cells/\(place)", name: cell.name), inputs: [TensorSpec(shape.input)])
        }
    }

    /// The shapes of a row of each cell's input and states.
    private func shapes(_ input: Shape) throws(LayerError) -> [(input: Shape, states: [Shape])] {
        var (input, shapes) = (input, [(input: Shape, states: [Shape])]())
        for cell in cells {
            let states = try cell.stateShapes(input)
            shapes.append((input, states))
            input = states[cell.outputState]
        }
        return shapes
    }

    public func stateShapes(_ input: Shape) throws(LayerError) -> [Shape] { try shapes(input).flatMap(\.states) }

    public func constants(_ input: Shape, rows: SymbolicTensor, _ call: Call) throws(LayerError) -> CellConstants {
        var constants = CellConstants()
        for (cell, shape) in zip(cells, try shapes(input)) {
            constants.cells.append(try cell.constants(shape.input, rows: rows, call))
        }
        return constants
    }

    public func project(_ inputs: SymbolicTensor, _ constants: CellConstants) throws(LayerError) -> SymbolicTensor {
        try cells[0].project(inputs, constants.cells[0])
    }

    public func step(
        _ x: SymbolicTensor, _ states: [SymbolicTensor], _ constants: CellConstants
    ) throws(LayerError) -> [SymbolicTensor] {
        var (x, rest, next) = (x, states[...], [SymbolicTensor]())
        for (number, cell) in cells.enumerated() {
            if number > 0 { x = try cell.project(reshape(x, x.spec.shape.rows(1)), constants.cells[number]).step(0) }
            let results = try cell.step(x, Array(rest.prefix(cell.stateCount)), constants.cells[number])
            rest = rest.dropFirst(cell.stateCount)
            x = results[0]
            next += results.dropFirst()
        }
        return [x] + next
    }
}
