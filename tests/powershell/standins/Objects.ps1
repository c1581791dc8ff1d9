# New-Object and Add-Member: making an object, and making it more.

function New-Object {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)] [string] $TypeName,
        [Parameter(Position = 1)] [Alias('Args')] [object[]] $ArgumentList = @(),
        [Collections.IDictionary] $Property)
    . $CallersPreferences $PSCmdlet
    $type = $TypeName -as [type]
    if ($null -eq $type) {
        $why = [Management.Automation.PSArgumentException]::new("Cannot find type [$TypeName]: verify that the assembly containing this type is loaded.")
        $PSCmdlet.ThrowTerminatingError([Management.Automation.ErrorRecord]::new($why, 'TypeNotFound', 'InvalidType', $TypeName))
    }
    if ($type -eq [psobject] -and $ArgumentList.Count -eq 0) {
        $made = [psobject]::new()
        if ($null -ne $Property) {
            foreach ($name in $Property.Keys) { $made.psobject.Properties.Add([psnoteproperty]::new($name, $Property[$name])) }
        }
        return $made
    }
    try {
        $plain = foreach ($one in $ArgumentList) { , ([Management.Automation.LanguagePrimitives]::ConvertTo($one, [object])) }
        $made = [Activator]::CreateInstance($type, [object[]] @($plain))
        if ($null -ne $Property) { foreach ($name in $Property.Keys) { $made.$name = $Property[$name] } }
    }
    catch {
        $PSCmdlet.ThrowTerminatingError((ConvertTo-StandInError $_ 'ConstructorInvokedThrowException' 'InvalidOperation' $TypeName))
    }
    $PSCmdlet.WriteObject($made, $false)
}

function Add-Member {
    [CmdletBinding(DefaultParameterSetName = 'NotePropertySingleMemberSet')]
    param(
        [Parameter(Mandatory, ValueFromPipeline)] [psobject] $InputObject,
        [Parameter(ParameterSetName = 'MemberSet', Mandatory, Position = 0)]
        [Alias('Type')] [Management.Automation.PSMemberTypes] $MemberType,
        [Parameter(ParameterSetName = 'MemberSet', Mandatory, Position = 1)] [string] $Name,
        [Parameter(ParameterSetName = 'MemberSet', Position = 2)] [object] $Value,
        [Parameter(ParameterSetName = 'NotePropertySingleMemberSet', Mandatory, Position = 0)] [string] $NotePropertyName,
        [Parameter(ParameterSetName = 'NotePropertySingleMemberSet', Mandatory, Position = 1)] [AllowNull()] [object] $NotePropertyValue,
        [Parameter(ParameterSetName = 'NotePropertyMultiMemberSet', Mandatory, Position = 0)] [Collections.IDictionary] $NotePropertyMembers,
        [string] $TypeName,
        [switch] $Force,
        [switch] $PassThru)
    process {
        . $CallersPreferences $PSCmdlet
        $members = switch ($PSCmdlet.ParameterSetName) {
            'NotePropertySingleMemberSet' { if ($NotePropertyName) { [psnoteproperty]::new($NotePropertyName, $NotePropertyValue) } }
            'NotePropertyMultiMemberSet' { foreach ($key in $NotePropertyMembers.Keys) { [psnoteproperty]::new($key, $NotePropertyMembers[$key]) } }
            'MemberSet' {
                switch ($MemberType) {
                    'NoteProperty' { [psnoteproperty]::new($Name, $Value) }
                    'ScriptProperty' { [psscriptproperty]::new($Name, $Value) }
                    'ScriptMethod' { [psscriptmethod]::new($Name, $Value) }
                    'AliasProperty' { [psaliasproperty]::new($Name, $Value) }
                    default { throw "the stand-in for Add-Member knows no -MemberType $MemberType" }
                }
            }
        }
        foreach ($member in $members) {
            if ($null -ne $InputObject.psobject.Members[$member.Name]) {
                if (-not $Force) {
                    $why = [InvalidOperationException]::new("Cannot add a member with the name ""$($member.Name)"" because a member with that name already exists.")
                    $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new($why, 'MemberAlreadyExists', 'InvalidOperation', $InputObject))
                    continue
                }
                $InputObject.psobject.Members.Remove($member.Name)
            }
            try { $InputObject.psobject.Members.Add($member) }
            catch { $PSCmdlet.WriteError((ConvertTo-StandInError $_ 'AddMemberFailed' 'InvalidOperation' $InputObject)) }
        }
        if ($TypeName) { $InputObject.psobject.TypeNames.Insert(0, $TypeName) }
        if ($PassThru) { $PSCmdlet.WriteObject($InputObject, $false) }
    }
}
