import LockstepCompute

/// A convolution whose channels and filters are divided into groups: each group of filters sees its group of channels
/// (Krizhevsky et al., 2012).
///
/// Inputs: x `[batch, height, width, channels]` and W `[kernel height, kernel width, channels / groups, filters]`.
/// Output: `[batch, height′, width′, filters]`. Sequences have no height. For frames of a volume, stacked as channels,
/// W is `[kernel depth, kernel height, kernel width, …]`. Each group is gathered, and computed as
/// `ConvolutionOperation` does.
package struct GroupedConvolutionOperation: Operation {
    private let windows: ImageWindows
    private let groups: Int
    private let order: KernelOrder

    /// - Parameter depth: the taps along the depth, for frames of a volume; nil for images and sequences.
    init(_ windows: ImageWindows, depth: Int? = nil, groups: Int) {
        self.windows = windows
        self.groups = groups
        order = KernelOrder(planes: depth.map { [$0] } ?? [], taps: windows.taps.reduce(1, *))
    }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(2)
        guard inputs[0].isBatched, !inputs[1].isBatched, let channels = windows.channels(inputs[0].shape),
            let filters = inputs[1].shape.last, channels % (order.depth * groups) == 0, filters % groups == 0,
            inputs[1].shape.dimensions == order.planes + windows.taps + [channels / order.depth / groups, filters]
        else {
            throw .shapes(
                requirement: "images and a weight [height, width, channels / \(groups), filters]", received: inputs)
        }
        return [TensorSpec(Shape(windows.positions + [filters]))]
    }

    /// Room for the images, the output and the kernel of one group, for the kernel in the order of images, and for its
    /// gradient.
    package func memory(_ call: OperationShapes) -> OperationMemory {
        func part(_ shape: Shape) -> Shape { shape.replacingLast(with: (shape.last ?? 0) / groups) }
        let kernel = part(call.inputs[1])
        return OperationMemory(
            keepsInputs: true,
            saved: [part(call.inputs[0]), part(call.outputs[0]), kernel] + order.scratch(kernel) + order.scratch(kernel)
        )
    }

    package func forward(_ pass: ForwardPass) {
        let (images, output) = (pass.saved[0], pass.saved[1])
        for group in 0..<groups {
            copy(group, of: pass.input, with: images, planes: order.depth, on: pass.crew)
            let kernel = kernel(group, of: pass.inputs[1], pass.saved, on: pass.crew)
            convolve(
                images, kernel, bias: nil, activation: .linear, y: windows.y, x: windows.x, into: output, on: pass.crew)
            copy(group, of: pass.output, with: output, isBack: true, on: pass.crew)
        }
    }

    package func backward(_ pass: BackwardPass) {
        let (dy, images, slopes) = (pass.outputGradient, pass.saved[0], pass.saved[1])
        let gradient = pass.saved[2]
        pass.sumOverRows(1) { rows, sum in
            let (images, slopes) = (images.rows(rows), slopes.rows(rows))
            for group in 0..<groups {
                copy(group, of: pass.input.rows(rows), with: images, planes: order.depth, on: pass.crew)
                copy(group, of: dy.rows(rows), with: slopes, on: pass.crew)
                // The rows are one micro-shard, so nothing else waits to be added.
                convolutionKernelGradient(
                    images, dy: slopes, y: windows.y, x: windows.x, by: RowPartition(rows: rows.count),
                    into: [gradient], totals: nil, on: pass.crew)
                if order.depth > 1 { order.restore(gradient: gradient, scratch: pass.saved[4]) }
                copy(group, of: sum, with: gradient, isBack: true, on: pass.crew)
            }
        }
        guard let dx = pass.inputGradient else { return }
        for group in 0..<groups {
            copy(group, of: dy, with: slopes, on: pass.crew)
            let kernel = kernel(group, of: pass.inputs[1], pass.saved, on: pass.crew)
            convolutionInputGradient(slopes, kernel, y: windows.y, x: windows.x, into: images, on: pass.crew)
            copy(group, of: dx, with: images, planes: order.depth, isBack: true, on: pass.crew)
        }
    }

    /// The kernel of a group, in the order of images.
    private func kernel(_ group: Int, of kernel: Tensor, _ saved: [Tensor], on crew: Crew) -> Tensor {
        copy(group, of: kernel, with: saved[2], on: crew)
        return order.ofImages(saved[2], scratch: order.depth == 1 ? nil : saved[3])
    }

    /// Copies a group of the last dimension's elements to a tensor of its own, or back.
    ///
    /// - Parameter planes: how many times the groups follow one another in that dimension.
    private func copy(
        _ group: Int, of whole: Tensor, with part: Tensor, planes: Int = 1, isBack: Bool = false, on crew: Crew
    ) {
        let (wholePlane, width) = ((whole.shape.last ?? 0) / planes, (part.shape.last ?? 0) / planes)
        for plane in 0..<planes {
            let start = plane * wholePlane + group * width
            let (there, here) = (start..<start + width, plane * width..<(plane + 1) * width)
            if isBack {
                copyColumns(part, here, to: whole, there, on: crew)
            } else {
                copyColumns(whole, there, to: part, here, on: crew)
            }
        }
    }
}
