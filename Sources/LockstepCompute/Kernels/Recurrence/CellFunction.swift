import CKernels

/// What a recurrent layer computes in one step of time, row by row: h from the gates and from the h before the step.
///
/// The derivatives of its activations must follow from their outputs.
package enum CellFunction: Sendable {
    /// `h = φ(x·W + h·U + b)` (Elman, 1990).
    case simple(ActivationFunction)
    /// Gated recurrent units (Cho et al., 2014) that reset after the product. Gates are in the order z, r, g. With
    /// q = h·U + c: `z, r = σ(x·W + b + q)`, `g = φ(x·W + b + r·q)`, `h = z·h + (1 − z)·g`.
    case gated(ActivationFunction, recurrent: ActivationFunction)
    /// The same units that reset before the product: `g = φ(x·W + b + (r·h)·U)`.
    case gatedBefore(ActivationFunction, recurrent: ActivationFunction)

    /// Columns of W and U for each unit.
    package var gateCount: Int {
        switch self {
        case .simple: 1
        case .gated, .gatedBefore: 3
        }
    }

    /// Whether h·U is kept apart from x·W, with its own bias and gradient. Otherwise it is added to the gates.
    package var keepsProduct: Bool {
        switch self {
        case .simple, .gatedBefore: false
        case .gated: true
        }
    }

    /// Whether the last gate takes r·h instead of h. r·h is kept, and a second stage computes the last gate after the
    /// others.
    package var resetsBefore: Bool {
        if case .gatedBefore = self { true } else { false }
    }

    /// The first of two stages of a row: turns the gates z and r into their values, and computes r·h. Cells with one
    /// stage do nothing here.
    func reset(
        _ kernels: ls_kernels, units: Int, gates: UnsafeMutablePointer<Float>, before: UnsafeMutablePointer<Float>,
        into reset: UnsafeMutablePointer<Float>
    ) {
        guard case .gatedBefore(_, let recurrent) = self else { return }
        kernels.activation(recurrent.elementKernel.0, 0, 0, 2 * units, gates, gates)
        for unit in 0..<units { reset[unit] = gates[units + unit] * before[unit] }
    }

    /// Turns a row's gates into their values, and computes h.
    ///
    /// - Parameter product: the row of h·U + c if the cell keeps that, otherwise the gates.
    func forward(
        _ kernels: ls_kernels, units: Int, gates: UnsafeMutablePointer<Float>, product: UnsafeMutablePointer<Float>,
        before: UnsafeMutablePointer<Float>, h: UnsafeMutablePointer<Float>
    ) {
        switch self {
        case .simple(let activation):
            kernels.activation(activation.elementKernel.0, 0, 0, units, gates, gates)
            h.update(from: gates, count: units)
        case .gated(let activation, let recurrent):
            let (z, r, g, q) = (gates, gates + units, gates + 2 * units, product + 2 * units)
            kernels.add(2 * units, gates, product, gates)
            kernels.activation(recurrent.elementKernel.0, 0, 0, 2 * units, gates, gates)
            for unit in 0..<units { g[unit] += r[unit] * q[unit] }
            kernels.activation(activation.elementKernel.0, 0, 0, units, g, g)
            for unit in 0..<units { h[unit] = z[unit] * before[unit] + (1 - z[unit]) * g[unit] }
        case .gatedBefore(let activation, _):
            let (z, g) = (gates, gates + 2 * units)
            kernels.activation(activation.elementKernel.0, 0, 0, units, g, g)
            for unit in 0..<units { h[unit] = z[unit] * before[unit] + (1 - z[unit]) * g[unit] }
        }
    }

    /// Overwrites a row's gates with the gradients before their activations, and the product, if it is kept, with its
    /// gradient.
    ///
    /// If there are two stages, the gate r waits for the second.
    ///
    /// - Parameters:
    ///   - product: if there are two stages, room for two rows of h.
    ///   - dh: the gradient of h; overwritten with the gradient of the h before the step, without the part that comes
    ///     through the product.
    func backward(
        _ kernels: ls_kernels, units: Int, gates: UnsafeMutablePointer<Float>, product: UnsafeMutablePointer<Float>,
        before: UnsafeMutablePointer<Float>, dh: UnsafeMutablePointer<Float>
    ) {
        switch self {
        case .simple(let activation):
            kernels.activation_gradient(activation.elementKernel.0, 0, 0, units, gates, gates, dh, gates)
            dh.update(repeating: 0, count: units)
        case .gated(let activation, let recurrent):
            let (z, r, g, q) = (gates, gates + units, gates + 2 * units, product + 2 * units)
            // The product's parts for z and r are not needed any more. They take the gradients after the activations of
            // z and, for a while, of g.
            let (dz, dr) = (product, product + units)
            for unit in 0..<units {
                let d = dh[unit]
                dz[unit] = d * (before[unit] - g[unit])
                dr[unit] = d * (1 - z[unit])
                dh[unit] = d * z[unit]
            }
            kernels.activation_gradient(activation.elementKernel.0, 0, 0, units, g, g, dr, g)
            for unit in 0..<units {
                dr[unit] = g[unit] * q[unit]
                q[unit] = g[unit] * r[unit]
            }
            kernels.activation_gradient(recurrent.elementKernel.0, 0, 0, 2 * units, gates, gates, product, gates)
            product.update(from: gates, count: 2 * units)
        case .gatedBefore(let activation, let recurrent):
            let (z, g, dz, dg) = (gates, gates + 2 * units, product, product + units)
            for unit in 0..<units {
                let d = dh[unit]
                dz[unit] = d * (before[unit] - g[unit])
                dg[unit] = d * (1 - z[unit])
                dh[unit] = d * z[unit]
            }
            kernels.activation_gradient(activation.elementKernel.0, 0, 0, units, g, g, dg, g)
            kernels.activation_gradient(recurrent.elementKernel.0, 0, 0, units, z, z, dz, z)
        }
    }

    /// The second of two stages of a row: overwrites the gate r with the gradient before its activation, and adds to
    /// the gradient of h. Cells with one stage do nothing here.
    ///
    /// - Parameter product: the gradient of r·h, and after it room for another row of h.
    func resetBackward(
        _ kernels: ls_kernels, units: Int, gates: UnsafeMutablePointer<Float>, product: UnsafeMutablePointer<Float>,
        before: UnsafeMutablePointer<Float>, dh: UnsafeMutablePointer<Float>
    ) {
        guard case .gatedBefore(_, let recurrent) = self else { return }
        let (r, dr) = (gates + units, product + units)
        for unit in 0..<units {
            dr[unit] = product[unit] * before[unit]
            dh[unit] += product[unit] * r[unit]
        }
        kernels.activation_gradient(recurrent.elementKernel.0, 0, 0, units, r, r, dr, r)
    }
}
