import LockstepCompute
import LockstepGraph
import LockstepLayers

/// An optimizer's state, as Keras's files list it: the number of steps, the learning rate, accumulated gradients, and
/// the optimizer's slots for each weight; averages of the weights come first (`keras.src.optimizers`).
package struct OptimizerVariables {
    /// The number of steps so far; larger than the number of updates if gradients are accumulated.
    package let steps: Int
    /// Nil if the file has none; the configuration's then applies.
    package let learningRate: Float?
    /// The accumulated gradient of each weight; nil if nothing is accumulated.
    package let accumulated: [Tensor]?
    /// For each of the optimizer's slots, the value for each weight, nil for a weight without the slot. All nil if the
    /// optimizer has not been used.
    package let slots: [[Tensor?]]?

    package init(steps: Int, learningRate: Float?, accumulated: [Tensor]?, slots: [[Tensor?]]?) {
        self.steps = steps
        self.learningRate = learningRate
        self.accumulated = accumulated
        self.slots = slots
    }

    /// A variable with its name in `.h5` files.
    struct Named {
        let name: String
        let dataset: HDF5Dataset
    }

    /// The order of an optimizer's variables.
    enum Order {
        /// As in Keras 3 and the last versions of Keras 2.
        case current
        /// As in Keras before 2.11, and in `optimizers.legacy`: slot by slot.
        case legacy
    }

    /// The role of a variable, which belongs to a slot or to the accumulation.
    private struct Role {
        let name: String
        /// Nil for an accumulated gradient.
        let slot: Int?
        let parameter: Int
        let shape: Shape
    }

    /// The variables after the scalars, in the order of files.
    private static func roles(of optimizer: any Optimizer, _ parameters: [Weight], order: Order) -> [Role] {
        func role(_ name: String, slot: Int?, _ index: Int, _ parameter: Weight) -> Role? {
            let shape = slot.map { optimizer.shape(ofSlot: $0, of: parameter) } ?? parameter.shape
            return shape.map { Role(name: name, slot: slot, parameter: index, shape: $0) }
        }
        var roles: [Role] = []
        for (name, slot, isThere) in [
            ("average", optimizer.slotCount - 1, optimizer.options.useEma),
            ("gradient_accumulator", nil, optimizer.gradientAccumulationSteps != nil),
        ] where isThere {
            roles += parameters.enumerated().compactMap { role(name, slot: slot, $0, $1) }
        }
        var first = 0
        for group in order == .current ? optimizer.slotNames : optimizer.slotNames.joined().map({ [$0] }) {
            for (index, parameter) in parameters.enumerated() {
                roles += group.enumerated().compactMap { role($1, slot: first + $0, index, parameter) }
            }
            first += group.count
        }
        return roles
    }

    /// - Parameters:
    ///   - variables: the variables, in the file's order.
    ///   - parameters: the trainable weights in the file's order, each with its layer.
    /// - Throws: `FormatError.training` if the numbers or shapes of the variables do not fit the optimizer.
    init(
        _ variables: [HDF5Dataset], of optimizer: any Optimizer, order: Order,
        parameters: [(layer: String, parameter: Weight)],
        file: String
    ) throws(FormatError) {
        let owner = "optimizer \(type(of: optimizer).className)"
        func fail(_ name: String, _ requirement: String, _ received: String) -> FormatError {
            .training(
                file: file, .optimizer, .compiled(owner, name: name, requirement: requirement, received: received))
        }
        // In Keras 1 the count of steps was a float. RMSprop had none before Keras 2.3.
        var roles = Self.roles(of: optimizer, parameters.map(\.parameter), order: order)
        let hasCount = order == .current || !(optimizer is RMSprop) || variables.count != roles.count
        let first = hasCount ? variables.first : HDF5Dataset([0], shape: [], type: .signed(bytes: 8))
        guard let first, first.shape.count == 1, let steps = first.integers?[0] ?? Int(exactly: first.tensor[0]),
            steps >= 0,
            steps < 1 << 53
        else {
            throw fail(
                "its first variable", "a count of steps", variables.first.map { "an array \($0.shape)" } ?? "none")
        }
        self.steps = steps
        var rest = variables.dropFirst(hasCount ? 1 : 0)
        if optimizer.schedule == nil, let scalar = rest.first, scalar.shape.rank == 0 {
            learningRate = scalar.tensor[0]
            rest = rest.dropFirst()
        } else {
            learningRate = nil
        }
        // They follow from the number of updates.
        let scalars = optimizer.scalars(iterations: 0).count
        if rest.count == roles.count + scalars { rest = rest.dropLast(scalars) }
        // Keras 2 has no numbers in place of the averages that Adafactor does not keep.
        let kept = roles.filter { $0.shape.rank > 0 || parameters[$0.parameter].parameter.shape.rank == 0 }
        if rest.count == kept.count { roles = kept }
        // From Keras 2.1.5 to 2.2.4 Adam without AMSGrad saved an array of one element for each weight in place of v̂.
        if order == .legacy, let adam = optimizer as? Adam, !adam.amsgrad, rest.count == roles.count + parameters.count,
            rest.suffix(parameters.count).allSatisfy({ $0.shape == [1] })
        {
            rest = rest.dropLast(parameters.count)
        }
        // Keras 3 makes the variables when training begins. Keras 2's SGD saves a momentum that it does not use.
        let isUnused = rest.isEmpty && steps == 0 || roles.isEmpty && rest.count == parameters.count
        guard isUnused || rest.count == roles.count else {
            throw fail("what it remembers", "\(roles.count) arrays", "\(rest.count)")
        }
        guard !isUnused else {
            (accumulated, slots) = (nil, roles.isEmpty ? [] : nil)
            return
        }
        var slots = [[Tensor?]](
            repeating: Array(repeating: nil, count: parameters.count), count: optimizer.slotCount)
        var accumulated: [Tensor] = []
        for (role, variable) in zip(roles, rest) {
            let (layer, parameter) = parameters[role.parameter]
            guard variable.shape == role.shape else {
                throw .training(
                    file: file, .optimizer,
                    .parameter(
                        layer: layer, name: "\(role.name) of \(parameter.name)", expected: role.shape,
                        received: variable.shape)
                )
            }
            if let slot = role.slot {
                slots[slot][role.parameter] = variable.tensor
            } else {
                accumulated.append(variable.tensor)
            }
        }
        self.slots = slots
        self.accumulated = optimizer.gradientAccumulationSteps == nil ? nil : accumulated
    }

    /// The variables in Keras 3's order and with its names.
    ///
    /// - Parameter parameters: the trainable weights in order, each with its name.
    func named(for optimizer: any Optimizer, parameters: [(name: String, parameter: Weight)]) -> [Named] {
        let prefix = snakeCase(type(of: optimizer).className) + "/"
        var variables = [
            Named(
                name: prefix + "iteration",
                dataset: HDF5Dataset([steps], shape: [], type: .signed(bytes: steps >> 31 == 0 ? 4 : 8)))
        ]
        if optimizer.schedule == nil {
            variables.append(
                Named(
                    name: prefix + "learning_rate", dataset: HDF5Dataset(Tensor.full([], Float(optimizer.learningRate)))
                ))
        }
        var taken: Set<String> = []
        for role in Self.roles(of: optimizer, parameters.map(\.parameter), order: .current) {
            let (name, parameter) = parameters[role.parameter]
            let value = role.slot.map { slots?[$0][role.parameter] } ?? accumulated?[role.parameter]
            let initial = role.slot.map { optimizer.initialContents[$0] } ?? 0
            let isOfWeights = role.slot.map(optimizer.weightSlots.contains) ?? false
            // Names of layers may contain the separator, so full names may collide.
            var full = "\(prefix)\(name)_\(role.name)"
            while !taken.insert(full).inserted { full += "_" }
            variables.append(
                Named(
                    name: full,
                    dataset: HDF5Dataset(value ?? (isOfWeights ? parameter.value : .full(role.shape, initial)))))
        }
        let updates = steps / (optimizer.gradientAccumulationSteps ?? 1)
        for (name, value) in optimizer.scalars(iterations: updates) {
            variables.append(Named(name: prefix + name, dataset: HDF5Dataset(Tensor.full([], value))))
        }
        return variables
    }
}
