# Select-Object and Sort-Object: many objects.

# A property by name, script block or @{ Name; Expression }: its label, and how its value is read.
function Resolve-Property {
    param($Property)
    foreach ($one in $Property) {
        if ($one -is [Collections.IDictionary]) {
            $label = $one['Name'], $one['Label'], $one['N'], $one['L'] | Where-Object { $_ } | ForEach-Object { "$_" }
            $how = $one['Expression'], $one['E'] | Where-Object { $_ }
            if (-not $label) { $label = "$how" }
            @{ Label = @($label)[0]; How = @($how)[0]; Descending = $one['Descending'] }
        }
        else { @{ Label = "$one"; How = $one; Descending = $null } }
    }
}

function Get-PropertyValue {
    param($Of, $How)
    if ($How -is [scriptblock]) { return $How.InvokeWithContext($null, [psvariable]::new('_', $Of)) | ForEach-Object { $_ } }
    if ($Of -is [Collections.IDictionary]) { return $Of[$How] }
    $found = ([psobject] $Of).psobject.Properties[$How]
    if ($null -ne $found) { $found.Value }
}

function Select-Chosen {
    param($Of, $Property, $ExcludeProperty)
    $chosen = [psobject]::new()
    $chosen.psobject.TypeNames.Insert(0, 'Selected.' + ([psobject] $Of).psobject.TypeNames[0])
    foreach ($one in Resolve-Property $Property) {
        $names = @($one.Label)
        if ($one.How -is [string] -and [Management.Automation.WildcardPattern]::ContainsWildcardCharacters($one.How)) {
            $names = @(([psobject] $Of).psobject.Properties.Name | Where-Object { $_ -like $one.How })
        }
        foreach ($name in $names) {
            if (@($ExcludeProperty | Where-Object { $name -like $_ }).Count -gt 0) { continue }
            if ($null -ne $chosen.psobject.Properties[$name]) { continue }
            $how = if ($one.How -is [string]) { $name } else { $one.How }
            $chosen.psobject.Properties.Add([psnoteproperty]::new($name, (Get-PropertyValue $Of $how)))
        }
    }
    $chosen
}

function Select-Object {
    [CmdletBinding(DefaultParameterSetName = 'DefaultParameter')]
    param(
        [Parameter(ValueFromPipeline)] [psobject] $InputObject,
        [Parameter(ParameterSetName = 'DefaultParameter', Position = 0)] [object[]] $Property,
        [Parameter(ParameterSetName = 'DefaultParameter')] [string[]] $ExcludeProperty = @(),
        [Parameter(ParameterSetName = 'DefaultParameter')] [string] $ExpandProperty,
        [switch] $Unique,
        [Parameter(ParameterSetName = 'DefaultParameter')] [int] $First,
        [Parameter(ParameterSetName = 'DefaultParameter')] [int] $Last,
        [Parameter(ParameterSetName = 'DefaultParameter')] [int] $Skip,
        [Parameter(ParameterSetName = 'IndexParameter')] [int[]] $Index)
    begin {
        . $CallersPreferences $PSCmdlet
        $all = [Collections.Generic.List[object]]::new()
    }
    process { if ($PSBoundParameters.ContainsKey('InputObject')) { $all.Add($InputObject) } }
    end {
        $from = $Skip
        $count = [Math]::Max(0, $all.Count - $Skip)
        if ($PSBoundParameters.ContainsKey('First')) { $count = [Math]::Min($count, $First) }
        if ($PSBoundParameters.ContainsKey('Last')) {
            # -Skip counts from the end then.
            $count = [Math]::Min([Math]::Max(0, $all.Count - $Skip), $Last)
            $from = $all.Count - $Skip - $count
        }
        $kept = if ($PSBoundParameters.ContainsKey('Index')) { foreach ($at in $Index) { if ($at -lt $all.Count) { , $all[$at] } } }
        elseif ($count -gt 0) { foreach ($one in $all.GetRange($from, $count)) { , $one } }
        $seen = [Collections.Generic.List[object]]::new()
        foreach ($one in $kept) {
            $out = $one
            if ($Property) { $out = Select-Chosen $one $Property $ExcludeProperty }
            elseif ($ExcludeProperty.Count -gt 0) { $out = Select-Chosen $one '*' $ExcludeProperty }
            if ($ExpandProperty) {
                if ($null -eq ([psobject] $one).psobject.Properties[$ExpandProperty]) {
                    $why = [Management.Automation.PSArgumentException]::new("Property ""$ExpandProperty"" cannot be found.")
                    $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new($why, 'ExpandPropertyNotFound', 'InvalidArgument', $one))
                    continue
                }
                $out = $one.$ExpandProperty
            }
            if ($Unique) {
                $mark = if ($out -is [string] -or $out -is [ValueType]) { $out } else { ($out.psobject.Properties | ForEach-Object { "$($_.Name)=$($_.Value)" }) -join "`n" }
                if (@($seen | Where-Object { $_ -ceq $mark }).Count -gt 0) { continue }
                $seen.Add($mark)
            }
            $PSCmdlet.WriteObject($out, [bool] $ExpandProperty)
        }
    }
}

# Compares rows @(key..., number): the number keeps equal ones in the order in which they came.
class StandInOrder : Collections.Generic.IComparer[object] {
    [bool[]] $Descending
    [bool] $IgnoreCase
    [int] Compare([object] $A, [object] $B) {
        $last = $A.Count - 1
        for ($at = 0; $at -lt $last; ++$at) {
            $order = 0
            try { $order = [Management.Automation.LanguagePrimitives]::Compare($A[$at], $B[$at], $this.IgnoreCase) }
            catch { $order = [string]::Compare("$($A[$at])", "$($B[$at])", $this.IgnoreCase) }
            if ($order -ne 0) { if ($this.Descending[$at]) { return -$order } else { return $order } }
        }
        return $A[$last].CompareTo($B[$last])
    }
}

function Sort-Object {
    [CmdletBinding()]
    param(
        [Parameter(ValueFromPipeline)] [psobject] $InputObject,
        [Parameter(Position = 0)] [object[]] $Property,
        [switch] $Descending,
        [switch] $Unique,
        [switch] $CaseSensitive)
    begin { $all = [Collections.Generic.List[object]]::new() }
    process { if ($PSBoundParameters.ContainsKey('InputObject')) { $all.Add($InputObject) } }
    end {
        $by = @(Resolve-Property $Property)
        $rows = [Collections.Generic.List[object]]::new()
        foreach ($one in $all) {
            $keys = @(foreach ($how in $by) { , (Get-PropertyValue $one $how.How) })
            if ($by.Count -eq 0) { $keys = @(, $one) }
            $rows.Add($keys + $rows.Count)
        }
        $order = [StandInOrder]::new()
        $order.IgnoreCase = -not $CaseSensitive
        $order.Descending = if ($by.Count -eq 0) { , [bool] $Descending }
        else { foreach ($how in $by) { if ($null -ne $how.Descending) { [bool] $how.Descending } else { [bool] $Descending } } }
        $rows.Sort($order)
        $before = $null
        foreach ($row in $rows) {
            if ($Unique -and $null -ne $before) {
                $same = $true
                for ($at = 0; $at -lt $row.Count - 1; ++$at) {
                    if ([Management.Automation.LanguagePrimitives]::Compare($row[$at], $before[$at], $order.IgnoreCase) -ne 0) { $same = $false }
                }
                if ($same) { continue }
            }
            $before = $row
            $PSCmdlet.WriteObject($all[$row[-1]], $false)
        }
    }
}
